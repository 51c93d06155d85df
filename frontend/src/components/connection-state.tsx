import { useEffect } from 'react';
import { formatClock } from '../presentation/format';
import type { IconName } from '../presentation/icons';
import type { SessionWords } from '../presentation/session';
import { titleOf as endingTitle, wordsOf } from '../socket/ending';
import type { Ending, SocketSnapshot } from '../socket/state';
import { StatusLine } from './status-line';

type Words = {
  readonly icon: IconName;
  readonly tone: 'quiet' | 'busy' | 'good' | 'wait' | 'bad';
  readonly word: string;
  readonly detail?: string;
};

type ConnectionStateProps = {
  readonly snapshot: SocketSnapshot;
  /** The error code of a refusal, which the browser does not report, if it is known. */
  readonly code?: string | undefined;
  /** The name of the connection for screen readers. The page's own connection has none, and is also in the tab's title. */
  readonly label?: string;
  /** The session of an open connection, if it is known. */
  readonly session?: SessionWords | undefined;
};

const pageName = 'Sallyport';

/** Shows the connection's state in words, also in the tab's title. Screen readers announce each change. */
export function ConnectionState({ snapshot, code, session, label }: ConnectionStateProps) {
  const { icon, tone, word, detail } = describe(snapshot, code, session?.lost);
  useEffect(() => {
    if (label !== undefined) {
      return undefined;
    }
    document.title = `${word} – ${pageName}`;
    return () => {
      document.title = pageName;
    };
  }, [word, label]);

  return <StatusLine label={label ?? 'Connection'} icon={icon} tone={tone} word={word} detail={detail} />;
}

function describe(snapshot: SocketSnapshot, code: string | undefined, lost: string | undefined): Words {
  switch (snapshot.state) {
    case 'idle':
      return { icon: 'ring', tone: 'quiet', word: 'Not connected' };
    case 'connecting':
      return snapshot.after === undefined
        ? { icon: 'ring', tone: 'busy', word: 'Connecting…' }
        : { icon: 'ring', tone: 'busy', word: 'Reconnecting', detail: titleOf(snapshot.after, code) };
    case 'open':
      return lost !== undefined
        ? { icon: 'alert', tone: 'bad', word: 'Open', detail: `but the ${lost}` }
        : { icon: 'check', tone: 'good', word: 'Open', detail: `since ${formatClock(snapshot.since)}` };
    case 'waiting':
      return { icon: 'clock', tone: 'wait', word: 'Reconnecting', detail: titleOf(snapshot.ending, code) };
    case 'closed':
      return describeEnding(snapshot.ending, code);
  }
}

function describeEnding(ending: Ending, code: string | undefined): Words {
  if (ending.kind === 'disconnected' && !ending.opened) {
    return { icon: 'ring', tone: 'quiet', word: 'Not connected', detail: 'canceled' };
  }
  const opened = 'opened' in ending && ending.opened;
  const { trouble } = endingTitle(ending);
  return {
    icon: trouble ? 'alert' : 'square',
    tone: trouble ? 'bad' : 'quiet',
    word: opened ? 'Closed' : 'Not connected',
    detail: titleOf(ending, code),
  };
}

function titleOf(ending: Ending, code: string | undefined): string {
  if (code !== undefined) {
    return `Refused: ${wordsOf(code)}`;
  }
  const { title } = endingTitle(ending);
  return ending.kind === 'closed' && ending.opened ? `${ending.code} ${title}` : title;
}
