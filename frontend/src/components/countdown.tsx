import type { SocketSnapshot } from '../socket/state';
import { formatDuration } from './format';
import { useNow } from './use-now';

type CountdownProps = { readonly waiting: Extract<SocketSnapshot, { state: 'waiting' }> };

/** When the next attempt begins. It is not said aloud each second: the state is said once. */
export function Countdown({ waiting: { until, attempt, offline, queued } }: CountdownProps) {
  const now = useNow();
  const left = Math.max(0, Math.ceil((until - now) / 1000) * 1000);
  return (
    <p className="countdown" data-testid="countdown">
      {offline ? 'There is no network. ' : ''}
      Attempt {attempt} {left === 0 ? 'now' : `in ${formatDuration(left)}`}
      {offline ? ', or when it is back' : ''}.{queued > 0 && ` ${queued} queued.`}
    </p>
  );
}
