import { explainClose } from '../socket/close-code';
import type { SocketSnapshot } from '../socket/socket';
import { formatClock } from './format';
import { Icon, type IconName } from './icon';

type Words = {
  readonly icon: IconName;
  readonly tone: 'quiet' | 'busy' | 'good' | 'bad';
  readonly word: string;
  readonly detail?: string;
};

/** The connection's state in words, said by screen readers as it changes. */
export function ConnectionState({ snapshot }: { snapshot: SocketSnapshot }) {
  const { icon, tone, word, detail } = describe(snapshot);
  return (
    <div className={`state state-${tone}`} role="status" aria-label="Connection">
      <Icon name={icon} />
      <strong>{word}</strong>
      {detail && ' '}
      {detail && <span className="state-detail">{detail}</span>}
    </div>
  );
}

function describe(snapshot: SocketSnapshot): Words {
  switch (snapshot.state) {
    case 'idle':
      return { icon: 'ring', tone: 'quiet', word: 'Not connected' };
    case 'connecting':
      return { icon: 'ring', tone: 'busy', word: 'Connecting…' };
    case 'open':
      return { icon: 'check', tone: 'good', word: 'Open', detail: `since ${formatClock(snapshot.since)}` };
    case 'closing':
      return { icon: 'ring', tone: 'busy', word: 'Closing…' };
    case 'closed':
      return describeEnding(snapshot.ending);
  }
}

function describeEnding(ending: Extract<SocketSnapshot, { state: 'closed' }>['ending']): Words {
  switch (ending.kind) {
    case 'cancelled':
      return { icon: 'ring', tone: 'quiet', word: 'Not connected', detail: 'called off' };
    case 'failed':
      return { icon: 'alert', tone: 'bad', word: 'Not connected', detail: 'no attempt was made' };
    case 'closed': {
      const { title, trouble } = explainClose(ending);
      return {
        icon: trouble ? 'alert' : 'square',
        tone: trouble ? 'bad' : 'quiet',
        word: 'Closed',
        detail: `${ending.code} ${title}`,
      };
    }
  }
}
