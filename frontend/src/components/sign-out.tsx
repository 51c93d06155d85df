import { type RefObject, useEffect, useId, useRef, useState } from 'react';
import './sign-out.css';

type SignOutProps = {
  /** Signs out of this page. */
  readonly onSignOut: (() => void) | undefined;
  /** Ends the user's connections everywhere; it rejects with a text for the user. Undefined without an HTTP API. */
  readonly onDisconnectAll: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** The button that signs the user out. A dialog asks first if there is a choice. */
export function SignOut({ onSignOut, onDisconnectAll }: SignOutProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className="button"
        aria-haspopup={onDisconnectAll && 'dialog'}
        onClick={() => (onDisconnectAll ? dialog.current?.showModal() : onSignOut?.())}
      >
        Sign out
      </button>
      {onDisconnectAll && <SignOutDialog dialog={dialog} onSignOut={onSignOut} onDisconnectAll={onDisconnectAll} />}
    </>
  );
}

type SignOutDialogProps = {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly onSignOut: SignOutProps['onSignOut'];
  readonly onDisconnectAll: NonNullable<SignOutProps['onDisconnectAll']>;
};

/** Asks whether to sign out here or everywhere. The browser keeps the focus in the dialog and closes it with Escape. */
function SignOutDialog({ dialog, onSignOut, onDisconnectAll }: SignOutDialogProps) {
  const id = useId();
  const { busy, problem, disconnectAll, cancel } = useDisconnectAll(onDisconnectAll, onSignOut);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={`${id}title`} onClose={cancel}>
      <h2 id={`${id}title`}>Sign out</h2>
      <div className="choices">
        <Choice
          label="Sign out here"
          effect="Disconnects this page and deletes its tokens. Your other pages and devices stay connected."
          busy={busy}
          onPress={() => onSignOut?.()}
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
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}

type Disconnecting = {
  readonly busy: boolean;
  /** Why the last attempt failed. */
  readonly problem: string | undefined;
  readonly disconnectAll: () => Promise<void>;
  readonly cancel: () => void;
};

/** Ends the connections everywhere, then signs out. If that fails, the user decides. */
function useDisconnectAll(
  onDisconnectAll: SignOutDialogProps['onDisconnectAll'],
  onSignOut: SignOutProps['onSignOut'],
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
        onSignOut?.();
      }
    } catch (error) {
      if (!now.signal.aborted) {
        setProblem(error instanceof Error ? error.message : String(error));
      }
    }
    setUnder((latest) => (latest === now ? undefined : latest));
  };
  const cancel = () => {
    under?.abort();
    setUnder(undefined);
    setProblem(undefined);
  };
  return { busy: under !== undefined, problem, disconnectAll, cancel };
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
