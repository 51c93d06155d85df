import { type IconName, paths } from '../presentation/icons';
import './icon.css';

/** A decoration. Text beside it must give the same information. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
