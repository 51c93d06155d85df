import { type RefObject, useEffect, useId, useRef, useState } from 'react';

type SignOutProps = {
  /** Signs out of this page. */
  readonly onSignOut: (() => void) | undefined;
  /** Ends the user's connections everywhere; rejects with a message for people. Undefined where that cannot be done. */
  readonly onDisconnectAll: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** Signs out: at once where there is nothing to choose, else after asking what shall end. */
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

/** Asks what shall end. The browser keeps the focus in it, and closes it by Escape. */
function SignOutDialog({ dialog, onSignOut, onDisconnectAll }: SignOutDialogProps) {
  const id = useId();
  const { busy, problem, disconnectAll, callOff } = useDisconnectAll(onDisconnectAll, onSignOut);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={`${id}title`} onClose={callOff}>
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
  /** Why it failed, the last time. */
  readonly problem: string | undefined;
  readonly disconnectAll: () => Promise<void>;
  readonly callOff: () => void;
};

/** Ends the connections everywhere, then signs out; if that fails, it is for the person to decide. */
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
  const callOff = () => {
    under?.abort();
    setUnder(undefined);
    setProblem(undefined);
  };
  return { busy: under !== undefined, problem, disconnectAll, callOff };
}

type ChoiceProps = {
  readonly label: string;
  readonly effect: string;
  /** Whether it cannot be pressed now. It keeps the focus all the same, which a button that is disabled loses. */
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
