import { useRef } from 'react';
import { useNow } from '../hooks/use-now';
import { formatLeft } from '../presentation/format';
import type { SocketSnapshot } from '../socket/state';
import './countdown.css';

type CountdownProps = { readonly snapshot: Extract<SocketSnapshot, { state: 'waiting' | 'connecting' }> };

/** Shows when the next attempt begins. Screen readers do not announce it each second, only the state once. */
export function Countdown({ snapshot }: CountdownProps) {
  const { attempt, queued } = snapshot;
  const next = snapshot.state === 'waiting' ? snapshot : undefined;
  const now = useNow(next !== undefined);
  const left = Math.max(0, (next?.until ?? 0) - now);
  const all = useLongest(next?.until, left);
  return (
    <div className="countdown">
      <p data-testid="countdown">
        {next?.offline ? 'There is no network. ' : ''}
        {left > 0 ? `Next try in ${formatLeft(left)}` : 'Trying now'}
        {next?.offline ? ', or when the network is back' : ''}, attempt {attempt}.{queued > 0 && ` ${queued} queued.`}
      </p>
      <span className="drain" aria-hidden="true">
        <span key={next?.until} style={{ transform: `scaleX(${all > 0 ? left / all : 0})` }} />
      </span>
    </div>
  );
}

/** Returns the first remaining time until a moment, which is the longest one. */
function useLongest(until: number | undefined, left: number): number {
  const first = useRef({ until, left });
  if (first.current.until !== until) {
    first.current = { until, left };
  }
  return first.current.left;
}
