import type { IconName } from '../presentation/icons';
import { Icon } from './icon';
import './status-line.css';

type StatusLineProps = {
  /** The name of the connection for screen readers, which announce each change. */
  readonly label: string;
  readonly icon: IconName;
  readonly tone: 'quiet' | 'busy' | 'good' | 'wait' | 'bad';
  readonly word: string;
  readonly detail?: string | undefined;
};

/** Shows the state of a connection in a word, with a detail beside it. */
export function StatusLine({ label, icon, tone, word, detail }: StatusLineProps) {
  return (
    <div className={`state state-${tone}`} role="status" aria-label={label}>
      <Icon name={icon} />
      <strong>{word}</strong>
      {detail && ' '}
      {detail && <span className="state-detail">{detail}</span>}
    </div>
  );
}
