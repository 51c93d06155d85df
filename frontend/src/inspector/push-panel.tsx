import { type SubmitEvent, useId, useState } from 'react';
import { CopyButton } from '../components/copy-button';
import { formatJson } from '../presentation/format';
import { type OpenConnection, sendCommand } from './inspector-api';
import { commandLineOf, eventOf, type Order, problemOf, type TargetKind, targetKinds } from './order';
import { outcomeOf } from './outcome';
import './push-panel.css';

type PushPanelProps = {
  /** Whether a local run serves the page. Otherwise the page cannot give the order, and shows only the command. */
  readonly local: boolean;
  readonly url: string;
  /** The file with the stack outputs of a local run, if it is not the default one. */
  readonly outputs: string | undefined;
  /** The connections to suggest. */
  readonly connections: readonly OpenConnection[];
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
};

const labels: Readonly<Record<TargetKind, string>> = {
  connection: 'A connection',
  user: 'A user',
  channel: 'The subscribers of a channel',
  all: 'All connections',
};

const first: Order = { verb: 'push', kind: 'connection', target: '', text: '{"type":"event","data":"hello"}' };

/** The result of an order: the answer of the function, or the reason of a refusal. */
type Result = { readonly text: string; readonly detail?: string; readonly bad: boolean };

/** Gives an order as a backend does: to push a message, or to end connections. */
export function PushPanel({ local, url, outputs, connections, mine }: PushPanelProps) {
  const id = useId();
  const [draft, setDraft] = useState(first);
  const [touched, setTouched] = useState(false);
  const [result, setResult] = useState<Result>();
  const [busy, setBusy] = useState(false);
  const own = mine.findLast((one) => connections.some((connection) => connection.id === one)) ?? mine.at(-1) ?? '';
  // Until the user enters a target, it is this page's connection, also after it has connected again.
  const order: Order = touched || draft.kind !== 'connection' ? draft : { ...draft, target: own };
  const problem = problemOf(order);
  const change = (part: Partial<Order>) => {
    setResult(undefined);
    setDraft({ ...order, ...part });
  };
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (problem === undefined && !busy) {
      setBusy(true);
      setResult(await give(order));
      setBusy(false);
    }
  };

  return (
    <form className="push" onSubmit={submit} aria-label="Push and disconnect">
      <Choice order={order} onChange={change} />
      <div className="push-target">
        <div className="push-field">
          <label htmlFor={`${id}kind`}>To</label>
          <select
            id={`${id}kind`}
            className="select"
            value={order.kind}
            onChange={({ target }) => {
              setTouched(false);
              change({ kind: target.value as TargetKind, target: '' });
            }}
          >
            {targetKinds
              .filter((kind) => order.verb === 'push' || kind !== 'channel')
              .map((kind) => (
                <option key={kind} value={kind}>
                  {labels[kind]}
                </option>
              ))}
          </select>
        </div>
        <TargetField
          order={order}
          suggestions={suggestionsFor(order.kind, connections)}
          onChange={(target) => {
            setTouched(true);
            change({ target });
          }}
        />
      </div>
      <TextField order={order} onChange={(text) => change({ text })} />
      {problem !== undefined && <p className="push-problem">{problem}</p>}
      <div className="push-do">
        {local && (
          <button type="submit" className="button button-primary" disabled={problem !== undefined}>
            {order.verb === 'push' ? 'Push' : 'Disconnect'}
          </button>
        )}
        <section aria-label="Answer" aria-live="polite" className="push-result">
          {result && (
            <>
              <p className={result.bad ? 'push-bad' : undefined}>{result.text}</p>
              {result.detail && <pre>{result.detail}</pre>}
            </>
          )}
        </section>
      </div>
      {problem === undefined && (
        <CommandLine local={local} command={commandLineOf(order, url, outputs)} verb={order.verb} />
      )}
    </form>
  );
}

async function give(order: Order): Promise<Result> {
  try {
    const answer = await sendCommand(eventOf(order));
    const { text, bad } = outcomeOf({ id: 0, kind: order.verb, at: 0, took: 0, event: { size: 0 }, answer });
    const detail = answer.text ?? formatJson(answer.json);
    return { text: `The function answered: ${text}.`, detail, bad };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), bad: true };
  }
}

type PartProps = { readonly order: Order; readonly onChange: (part: Partial<Order>) => void };

const verbs = [
  ['push', 'Push a message'],
  ['disconnect', 'Disconnect'],
] as const;

function Choice({ order, onChange }: PartProps) {
  const name = useId();
  const choose = (verb: Order['verb']) => {
    const kind = verb === 'disconnect' && order.kind === 'channel' ? { kind: 'user' as const, target: '' } : {};
    onChange({ verb, text: verb === 'push' ? first.text : '', ...kind });
  };
  return (
    <fieldset className="push-verbs">
      <legend className="visually-hidden">Order</legend>
      {verbs.map(([verb, label]) => (
        <label key={verb}>
          <input type="radio" name={name} checked={order.verb === verb} onChange={() => choose(verb)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

type TargetFieldProps = {
  readonly order: Order;
  readonly suggestions: readonly string[];
  readonly onChange: (target: string) => void;
};

function TargetField({ order: { kind, target: value }, suggestions, onChange }: TargetFieldProps) {
  const list = useId();
  if (kind === 'all') {
    return null;
  }
  const label = { connection: 'Connection id', user: 'Name of the user', channel: 'Channel, such as chat:room1' }[kind];
  return (
    <label className="push-field">
      {label}
      <input
        className="select"
        value={value}
        list={list}
        autoComplete="off"
        spellCheck={false}
        // A name may contain a space. An id and a channel cannot, but a copied one may have a space around it.
        onChange={({ target }) => onChange(kind === 'user' ? target.value : target.value.trim())}
      />
      <datalist id={list}>
        {suggestions.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

function TextField({ order: { verb, text }, onChange }: { order: Order; onChange: (text: string) => void }) {
  if (verb === 'push') {
    return (
      <label className="push-field">
        Message, as JSON
        <textarea rows={3} spellCheck={false} value={text} onChange={({ target }) => onChange(target.value)} />
      </label>
    );
  }
  return (
    <label className="push-field">
      Reason, which the clients receive; may be empty
      <input className="select" maxLength={1000} value={text} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}

function CommandLine({ local, command, verb }: { local: boolean; command: string; verb: Order['verb'] }) {
  return (
    <div className="push-command">
      <p>
        {local
          ? 'The same from your terminal'
          : 'Run this in the folder of the project. The page itself has no permission for it.'}
      </p>
      <div>
        <code>{command}</code>
        <CopyButton text={command} name={`command: ${verb}`} />
      </div>
    </div>
  );
}

/** Returns the names of the open connections, or of their users. */
function suggestionsFor(kind: TargetKind, connections: readonly OpenConnection[]): readonly string[] {
  if (kind === 'connection') {
    return connections.map(({ id }) => id);
  }
  return kind === 'user' ? [...new Set(connections.flatMap(({ user }) => user ?? []))] : [];
}
