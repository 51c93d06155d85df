import { formatPlural } from '../presentation/format';
import type { SocketSnapshot } from '../socket/state';
import { Icon } from './icon';

type EmptyLogProps = {
  /** Whether there are entries, but none matches the filter. */
  readonly filtered: boolean;
  readonly state: SocketSnapshot['state'];
  /** The number of entries that the last Clear removed. */
  readonly cleared: number;
  /** Lets the user choose the file of a session. Undefined if the tools of the log offer it. */
  readonly onOpen?: () => void;
  /** Removes the filter. */
  readonly onReset?: (() => void) | undefined;
};

/** Is shown instead of an empty log, and explains how to get messages. */
export function EmptyLog({ filtered, state, cleared, onOpen, onReset }: EmptyLogProps) {
  return (
    <div className="empty">
      <Icon name="logo" />
      {filtered ? (
        <>
          <p>No message matches the filter.</p>
          <button type="button" className="button" onClick={onReset}>
            Show everything
          </button>
        </>
      ) : (
        <>
          <p>{emptyText(state, cleared)}</p>
          {onOpen && (
            <button type="button" className="button button-quiet" onClick={onOpen}>
              Open session file
            </button>
          )}
        </>
      )}
    </div>
  );
}

function emptyText(state: SocketSnapshot['state'], cleared: number): string {
  if (cleared > 0) {
    return `The log is cleared. Undo clear restores ${formatPlural(cleared, 'line')}.`;
  }
  switch (state) {
    case 'open':
      return 'No messages yet. Send a message below, or push one from your backend.';
    case 'connecting':
    case 'waiting':
      return 'No messages yet. The connection is not open yet.';
    default:
      return 'No messages yet. Connect, then send a message below or push one from your backend.';
  }
}
