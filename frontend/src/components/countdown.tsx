import { useNow } from '../hooks/use-now';
import { formatLeft } from '../presentation/format';
import type { SocketSnapshot } from '../socket/state';
import './countdown.css';

type CountdownProps = { readonly waiting: Extract<SocketSnapshot, { state: 'waiting' }> };

/** Shows when the next attempt begins. Screen readers do not announce it each second, only the state once. */
export function Countdown({ waiting: { until, attempt, offline, queued } }: CountdownProps) {
  const now = useNow();
  return (
    <p className="countdown" data-testid="countdown">
      {offline ? 'There is no network. ' : ''}
      Attempt {attempt} {until <= now ? 'now' : `in ${formatLeft(until - now)}`}
      {offline ? ', or when the network is back' : ''}.{queued > 0 && ` ${queued} queued.`}
    </p>
  );
}
