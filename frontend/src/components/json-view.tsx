import { useMemo, useState } from 'react';
import { pointerStep } from '../conversation/json-pointer';
import type { Matcher } from '../conversation/matcher';
import { formatCount } from '../presentation/format';
import { ancestorsOf, findHits, isContainer, openLevels } from '../presentation/json-open';
import { MarkedText } from './marked-text';
import './json-view.css';

/** The number of lines that are unfolded at first and by "Unfold all", and of the members shown of one value. */
const linesAtFirst = 200;
const linesOfAll = 3000;
const membersShown = 200;

type JsonViewProps = {
  readonly value: object;
  /** The condition whose hits are marked and unfolded. */
  readonly matcher: Matcher | undefined;
};

/** Shows an object or an array with colours. Each inner object and array can be folded. */
export function JsonView({ value, matcher }: JsonViewProps) {
  const hits = useMemo(() => matcher?.pointers?.(value), [value, matcher]);
  const [{ open, of }, setState] = useState(() => ({ open: openAtFirst(value, matcher), of: matcher }));
  const setOpen = (next: ReadonlySet<string>) => setState({ open: next, of: matcher });
  if (of !== matcher) {
    setOpen(openAtFirst(value, matcher)); // the hits of another filter must be in view
  }
  const toggle = (pointer: string) => {
    const next = new Set(open);
    next.delete(pointer) || next.add(pointer);
    setOpen(next);
  };
  const context: Context = { open, hits, marks: matcher?.marks ?? (() => []), toggle };
  const folded = open.size === 1;
  return (
    <div className="json">
      <button
        type="button"
        className="json-fold-all"
        onClick={() => setOpen(folded ? openLevels(value, linesOfAll) : new Set(['']))}
      >
        {folded ? 'Unfold all' : 'Fold all'}
      </button>
      <JsonNode name={undefined} value={value} pointer="" depth={0} last context={context} />
    </div>
  );
}

function openAtFirst(value: object, matcher: Matcher | undefined): ReadonlySet<string> {
  const open = openLevels(value, linesAtFirst);
  const pointers =
    matcher?.pointers?.(value) ?? (matcher ? findHits(value, (text) => matcher.marks(text).length > 0) : []);
  for (const pointer of ancestorsOf(pointers)) {
    open.add(pointer);
  }
  return open;
}

type Context = {
  readonly open: ReadonlySet<string>;
  readonly hits: ReadonlySet<string> | undefined;
  readonly marks: Matcher['marks'];
  readonly toggle: (pointer: string) => void;
};

type JsonNodeProps = {
  /** Undefined for the outermost value and for the elements of an array. */
  readonly name: string | undefined;
  readonly value: unknown;
  readonly pointer: string;
  readonly depth: number;
  /** Whether no comma follows. */
  readonly last: boolean;
  readonly context: Context;
};

function JsonNode(props: JsonNodeProps) {
  const { name, value, pointer, depth, last, context } = props;
  const comma = last ? '' : ',';
  if (isContainer(value) && Object.keys(value).length > 0) {
    return <JsonContainer {...props} value={value} />;
  }
  return (
    <Line depth={depth} hit={context.hits?.has(pointer)}>
      <Name name={name} context={context} />
      <span className={`json-${value === null ? 'null' : typeof value}`}>
        <Token text={JSON.stringify(value)} context={context} />
      </span>
      {comma}
    </Line>
  );
}

function JsonContainer({ name, value, pointer, depth, last, context }: JsonNodeProps & { readonly value: object }) {
  const [all, setAll] = useState(false);
  const isOpen = context.open.has(pointer);
  const isArray = Array.isArray(value);
  const [start, end] = isArray ? ['[', ']'] : ['{', '}'];
  const members = Object.entries(value);
  const size = `${formatCount(members.length)} ${isArray ? 'element' : 'member'}${members.length === 1 ? '' : 's'}`;
  const shown = all ? members : members.slice(0, membersShown);
  return (
    <>
      <Line depth={depth} hit={context.hits?.has(pointer)}>
        <button
          type="button"
          className="json-fold"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Fold' : 'Unfold'} ${name ?? 'the value'}, ${size}`}
          onClick={() => context.toggle(pointer)}
        />
        <Name name={name} context={context} />
        {start}
        {!isOpen && (
          <>
            <span className="json-size">{size}</span>
            {end}
            {!last && ','}
          </>
        )}
      </Line>
      {isOpen && (
        <>
          {shown.map(([key, child], at) => (
            <JsonNode
              key={key}
              name={isArray ? undefined : key}
              value={child}
              pointer={pointer + pointerStep(key)}
              depth={depth + 1}
              last={at === members.length - 1}
              context={context}
            />
          ))}
          {shown.length < members.length && (
            <Line depth={depth + 1}>
              <button type="button" className="json-more" onClick={() => setAll(true)}>
                Show {formatCount(members.length - shown.length)} more
              </button>
            </Line>
          )}
          <Line depth={depth}>
            {end}
            {!last && ','}
          </Line>
        </>
      )}
    </>
  );
}

type LineProps = { readonly depth: number; readonly hit?: boolean | undefined; readonly children: React.ReactNode };

function Line({ depth, hit, children }: LineProps) {
  return (
    <div
      className={hit ? 'json-line json-hit' : 'json-line'}
      style={{ paddingInlineStart: `${Math.min(depth, 24) + 1.5}rem` }}
    >
      {children}
    </div>
  );
}

function Name({ name, context }: { readonly name: string | undefined; readonly context: Context }) {
  return (
    name !== undefined && (
      <>
        <span className="json-name">
          <Token text={JSON.stringify(name)} context={context} />
        </span>
        {': '}
      </>
    )
  );
}

function Token({ text, context }: { readonly text: string; readonly context: Context }) {
  return <MarkedText text={text} marks={context.marks(text)} />;
}
