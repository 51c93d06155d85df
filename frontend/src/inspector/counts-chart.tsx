import { useEffect, useState } from 'react';
import { SparkLine } from '../components/spark-line';
import { useStore } from '../hooks/use-store';
import { CountsOverTime } from './counts';
import './counts-chart.css';

/** The number of counts that fill the width: those of ten minutes, and the current one. */
const kept = 301;

/** The numbers now. */
type CountsChartProps = { readonly connections: number; readonly users: number };

/** Shows the numbers of connections and users, now and over the last ten minutes. */
export function CountsChart({ connections, users }: CountsChartProps) {
  const [store] = useState(() => new CountsOverTime());
  useEffect(store.follow, []);
  const { counts } = useStore(store);
  return (
    <dl className="counts">
      <Line name="Connections" values={[...counts.map((one) => one.connections), connections]} tone="received" />
      <Line name="Users" values={[...counts.map((one) => one.users), users]} tone="trip" />
    </dl>
  );
}

type LineProps = {
  readonly name: string;
  /** Oldest first; the last one is the number now. */
  readonly values: readonly number[];
  readonly tone: 'received' | 'trip';
};

function Line({ name, values, tone }: LineProps) {
  return (
    <div>
      <dt>{name}, 10 min</dt>
      <dd>
        <strong>{values.at(-1)}</strong>
        <span>at most {Math.max(...values)}</span>
        <SparkLine values={values} length={kept} tone={tone} />
      </dd>
    </div>
  );
}
