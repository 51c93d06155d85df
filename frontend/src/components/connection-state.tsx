import { useEffect } from 'react';
import { formatClock } from '../presentation/format';
import type { IconName } from '../presentation/icons';
import { explainEnding } from '../socket/close-code';
import type { Ending, SocketSnapshot } from '../socket/state';
import { StatusLine } from './status-line';

type Words = {
  readonly icon: IconName;
  readonly tone: 'quiet' | 'busy' | 'good' | 'wait' | 'bad';
  readonly word: string;
  readonly detail?: string;
};

const pageName = 'Sallyport';

/** Shows the connection's state in words, also in the tab's title. Screen readers announce each change. */
export function ConnectionState({ snapshot }: { snapshot: SocketSnapshot }) {
  const { icon, tone, word, detail } = describe(snapshot);
  useEffect(() => {
    document.title = `${word} – ${pageName}`;
    return () => {
      document.title = pageName;
    };
  }, [word]);

  return <StatusLine label="Connection" icon={icon} tone={tone} word={word} detail={detail} />;
}

function describe(snapshot: SocketSnapshot): Words {
  switch (snapshot.state) {
    case 'idle':
      return { icon: 'ring', tone: 'quiet', word: 'Not connected' };
    case 'connecting':
      return { icon: 'ring', tone: 'busy', word: 'Connecting…' };
    case 'open':
      return { icon: 'check', tone: 'good', word: 'Open', detail: `since ${formatClock(snapshot.since)}` };
    case 'waiting':
      return { icon: 'clock', tone: 'wait', word: 'Waiting', detail: titleOf(snapshot.ending) };
    case 'closed':
      return describeEnding(snapshot.ending);
  }
}

function describeEnding(ending: Ending): Words {
  if (ending.kind === 'failed') {
    return {
      icon: 'alert',
      tone: 'bad',
      word: 'Not connected',
      detail: ending.code === undefined ? 'no attempt was made' : titleOf(ending),
    };
  }
  if (ending.kind === 'disconnected' && !ending.opened) {
    return { icon: 'ring', tone: 'quiet', word: 'Not connected', detail: 'canceled' };
  }
  const { trouble } = explainEnding(ending);
  return {
    icon: trouble ? 'alert' : 'square',
    tone: trouble ? 'bad' : 'quiet',
    word: 'Closed',
    detail: titleOf(ending),
  };
}

function titleOf(ending: Ending): string {
  const { title } = explainEnding(ending);
  return ending.kind === 'closed' ? `${ending.code} ${title}` : title;
}
