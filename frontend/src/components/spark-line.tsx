import './spark-line.css';

type SparkLineProps = {
  /** Oldest first. */
  readonly values: readonly number[];
  /** The number of values that fill the whole width. */
  readonly length: number;
  readonly tone: 'sent' | 'received' | 'trip';
};

const height = 28;

/** A small chart of values: a line, or a dot for one value. Text beside it must give the same information. */
export function SparkLine({ values, length, tone }: SparkLineProps) {
  const top = Math.max(...values, 1);
  const step = 100 / (length - 1);
  const start = 100 - (values.length - 1) * step;
  const points = values.map((value, at) => {
    const x = (start + at * step).toFixed(2);
    const y = (height - 1 - (value / top) * (height - 3)).toFixed(2);
    return `${x} ${y}`;
  });
  return (
    <svg className={`spark spark-${tone}`} viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && (
        <>
          <path className="spark-area" d={`M${start} ${height}L${points.join('L')}L100 ${height}z`} />
          <path className="spark-line" d={`M${points.join('L')}`} />
        </>
      )}
      {points.length === 1 && <path className="spark-dot" d={`M97 ${height / 2}h0`} />}
    </svg>
  );
}
