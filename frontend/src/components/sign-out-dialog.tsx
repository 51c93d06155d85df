import { useEffect, useId, useState } from 'react';
import { Modal } from './modal';
import './sign-out-dialog.css';

export type SignOutDialogProps = {
  /** Signs out of this page. */
  readonly onSignOut: () => void;
  /** Ends the user's connections everywhere; it rejects with a text for the user. */
  readonly onDisconnectAll: (signal: AbortSignal) => Promise<void>;
  readonly onClose: () => void;
};

/** Asks whether to sign out here or everywhere. The browser keeps the focus in the dialog and closes it with Escape. */
export function SignOutDialog({ onSignOut, onDisconnectAll, onClose }: SignOutDialogProps) {
  const { busy, problem, disconnectAll } = useDisconnectAll(onDisconnectAll, onSignOut);
  return (
    <Modal title="Sign out" onClose={onClose}>
      <div className="choices">
        <Choice
          label="Sign out here"
          effect="Disconnects this page and deletes its tokens. Your other pages and devices stay connected."
          busy={busy}
          onPress={onSignOut}
        />
        <Choice
          label={problem === undefined ? 'Sign out everywhere' : 'Try again to sign out everywhere'}
          effect="Ends all your connections on all pages and devices, then signs out here."
          busy={busy}
          onPress={() => void disconnectAll()}
        />
      </div>
      {problem !== undefined && (
        <p className="dialog-problem" role="alert">
          <strong>You are still signed in.</strong> Not all of your connections could be ended: {problem}
        </p>
      )}
      <p className="dialog-note">A token stays valid until it expires: a page that still has one can connect again.</p>
      <div className="dialog-foot">
        <p role="status">{busy && 'Ending your connections…'}</p>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Modal>
  );
}

type Disconnecting = {
  readonly busy: boolean;
  /** Why the last attempt failed. */
  readonly problem: string | undefined;
  readonly disconnectAll: () => Promise<void>;
};

/** Ends the connections everywhere, then signs out. If that fails, the user decides. */
function useDisconnectAll(
  onDisconnectAll: SignOutDialogProps['onDisconnectAll'],
  onSignOut: () => void,
): Disconnecting {
  const [problem, setProblem] = useState<string>();
  const [under, setUnder] = useState<AbortController>();
  useEffect(() => () => under?.abort(), [under]);
  const disconnectAll = async () => {
    const now = new AbortController();
    setUnder(now);
    setProblem(undefined);
    try {
      await onDisconnectAll(now.signal);
      if (!now.signal.aborted) {
        onSignOut();
      }
    } catch (error) {
      if (!now.signal.aborted) {
        setProblem(error instanceof Error ? error.message : String(error));
      }
    }
    setUnder((latest) => (latest === now ? undefined : latest));
  };
  return { busy: under !== undefined, problem, disconnectAll };
}

type ChoiceProps = {
  readonly label: string;
  readonly effect: string;
  /** Whether it cannot be pressed now. It is not disabled, because a disabled button loses the focus. */
  readonly busy: boolean;
  readonly onPress: () => void;
};

function Choice({ label, effect, busy, onPress }: ChoiceProps) {
  const id = useId();
  return (
    <div className="choice">
      <button
        type="button"
        className="button"
        aria-disabled={busy}
        aria-describedby={id}
        onClick={busy ? undefined : onPress}
      >
        {label}
      </button>
      <p id={id}>{effect}</p>
    </div>
  );
}
