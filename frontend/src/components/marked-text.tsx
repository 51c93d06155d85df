import type { Range } from '../conversation/matcher';
import './marked-text.css';

type MarkedTextProps = {
  readonly text: string;
  /** The parts to mark, in order and without overlap. */
  readonly marks: readonly Range[];
};

/** A text with marked parts. */
export function MarkedText({ text, marks }: MarkedTextProps) {
  if (marks.length === 0) {
    return text;
  }
  return (
    <>
      {marks.map(({ start, end }, at) => (
        <span key={start}>
          {text.slice(marks[at - 1]?.end ?? 0, start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(marks.at(-1)?.end)}
    </>
  );
}
