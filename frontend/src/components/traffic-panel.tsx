import { useId } from 'react';
import { type Flow, span, type Traffic } from '../conversation/traffic';
import { useNow } from '../hooks/use-now';
import { formatCount, formatMilliseconds, formatPlural, formatSize } from '../presentation/format';
import { SparkLine } from './spark-line';
import './traffic-panel.css';

/** Shows the messages of each second of the last minute, and the round trips, also of each route. */
export function TrafficPanel({ traffic }: { traffic: Traffic }) {
  const heading = useId();
  const { sent, received, trips, routes } = traffic.at(useNow());
  return (
    <section className="panel traffic" aria-labelledby={heading}>
      <h2 id={heading}>Last minute</h2>
      <dl>
        <FlowFigure name="Received" flow={received} tone="received" />
        <FlowFigure name="Sent" flow={sent} tone="sent" />
        <div className="figure">
          <dt>Round trip</dt>
          <dd>
            <strong data-testid="round-trip">{formatMilliseconds(trips.at(-1))}</strong>
            <span>median {formatMilliseconds(median(trips))}</span>
          </dd>
          <dd>
            <SparkLine values={trips} length={span} tone="trip" />
            <span>{formatPlural(trips.length, 'reply', 'replies')}</span>
          </dd>
        </div>
      </dl>
      {routes.size > 0 && <RouteTable routes={routes} />}
    </section>
  );
}

type FlowFigureProps = { readonly name: string; readonly flow: Flow; readonly tone: 'sent' | 'received' };

function FlowFigure({ name, flow, tone }: FlowFigureProps) {
  const last = flow.messagesBySecond.at(-2) ?? 0; // the last whole second
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>
        <strong>{formatPlural(flow.messages, 'message')}</strong>
        <span>{formatSize(flow.bytes)}</span>
      </dd>
      <dd>
        <SparkLine values={flow.messagesBySecond} length={span} tone={tone} />
        <span>{formatCount(last)} a second</span>
      </dd>
    </div>
  );
}

function RouteTable({ routes }: { readonly routes: ReadonlyMap<string, readonly number[]> }) {
  return (
    <table className="routes">
      <thead>
        <tr>
          <th scope="col">Route</th>
          <th scope="col">Last</th>
          <th scope="col">Median</th>
          <th scope="col">Replies</th>
        </tr>
      </thead>
      <tbody>
        {[...routes].map(([route, trips]) => (
          <tr key={route}>
            <th scope="row">{route}</th>
            <td>{formatMilliseconds(trips.at(-1))}</td>
            <td>{formatMilliseconds(median(trips))}</td>
            <td>{formatCount(trips.length)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}
