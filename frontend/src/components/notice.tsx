import type { ReactNode } from 'react';
import { Icon } from './icon';
import './notice.css';

type NoticeProps = {
  readonly title: string;
  readonly children: ReactNode;
  /** The remedy. */
  readonly action?: { readonly label: string; readonly onClick: () => void };
};

/** Shows a problem. Screen readers announce it at once. */
export function Notice({ title, children, action }: NoticeProps) {
  return (
    <div className="notice" role="alert">
      <Icon name="alert" />
      <div className="notice-text">
        <strong>{title}</strong>
        <div>{children}</div>
      </div>
      {action && (
        <button type="button" className="button" onClick={action.onClick}>
          {action.label}
        </button>
      )}
    </div>
  );
}
