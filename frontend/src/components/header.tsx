import { Shortcuts } from '../shortcuts/shortcuts';
import type { Session } from '../sign-in/session';
import { Icon } from './icon';
import { SignOut } from './sign-out';
import { ThemeSwitch } from './theme-switch';
import './header.css';

type HeaderProps = {
  /** Undefined where signing in is not possible. */
  readonly session?: Session;
  /** Signs in. Undefined if the page has another button for it. */
  readonly onSignIn?: (() => void) | undefined;
  readonly onSignOut?: () => void;
  /** Ends the user's connections everywhere; it rejects with a text for the user. Undefined without an HTTP API. */
  readonly onDisconnectAll?: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** The header of the page: its name and the signed-in user. */
export function Header({ session, onSignIn, onSignOut, onDisconnectAll }: HeaderProps) {
  return (
    <header className="header">
      <h1 className="brand">
        <Icon name="logo" />
        <span className="brand-name">Sallyport</span>
      </h1>
      <Shortcuts />
      <ThemeSwitch />
      {session?.state === 'signedIn' && (
        <>
          <span className="user" title={session.name}>
            <span className="visually-hidden">Signed in as </span>
            {session.name}
          </span>
          <SignOut onSignOut={() => onSignOut?.()} onDisconnectAll={onDisconnectAll} />
        </>
      )}
      {session?.state === 'signedOut' && onSignIn && (
        <button type="button" className="button" onClick={onSignIn}>
          Sign in
        </button>
      )}
      {session?.state === 'leaving' && <span className="user">Opening the sign-in service…</span>}
      {session?.state === 'restoring' && <span className="user">Checking your sign-in…</span>}
    </header>
  );
}
