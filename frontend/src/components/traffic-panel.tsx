import { useId } from 'react';
import { type Flow, span, type Traffic } from '../conversation/traffic';
import { useNow } from '../hooks/use-now';
import { formatMilliseconds, formatSize } from '../presentation/format';
import { SparkLine } from './spark-line';
import './traffic-panel.css';

/** Shows the messages and bytes of each second of the last minute, and the round trips. */
export function TrafficPanel({ traffic }: { traffic: Traffic }) {
  const heading = useId();
  const { sent, received, trips } = traffic.at(useNow());
  return (
    <section className="panel traffic" aria-labelledby={heading}>
      <h2 id={heading}>Last minute</h2>
      <dl>
        <div className="number">
          <dt>Round trip</dt>
          <dd>
            <strong data-testid="round-trip">{formatMilliseconds(trips.at(-1))}</strong>
            <span>
              median {formatMilliseconds(median(trips))}, {trips.length} answers
            </span>
            <SparkLine values={trips} length={span} tone="trip" />
          </dd>
        </div>
        <Figure name="Received" flow={received} tone="received" />
        <Figure name="Sent" flow={sent} tone="sent" />
      </dl>
    </section>
  );
}

type FigureProps = { readonly name: string; readonly flow: Flow; readonly tone: 'sent' | 'received' };

function Figure({ name, flow, tone }: FigureProps) {
  const last = (list: readonly number[]) => list.at(-2) ?? 0; // the last whole second
  return (
    <>
      <div className="number">
        <dt>{name}, messages</dt>
        <dd>
          <strong>{flow.messages}</strong>
          <span>{last(flow.messagesBySecond)} a second</span>
          <SparkLine values={flow.messagesBySecond} length={span} tone={tone} />
        </dd>
      </div>
      <div className="number">
        <dt>{name}, bytes</dt>
        <dd>
          <strong>{formatSize(flow.bytes)}</strong>
          <span>{formatSize(last(flow.bytesBySecond))} a second</span>
          <SparkLine values={flow.bytesBySecond} length={span} tone={tone} />
        </dd>
      </div>
    </>
  );
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
