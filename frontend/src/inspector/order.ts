import { scriptsFor, shellQuote } from '../presentation/commands';

/** The kinds of target that an order can have. */
export const targetKinds = ['connection', 'user', 'channel', 'all'] as const;

export type TargetKind = (typeof targetKinds)[number];

/** An order of a backend to the function: to push a message, or to end connections. */
export type Order = {
  readonly verb: 'push' | 'disconnect';
  readonly kind: TargetKind;
  /** The connection id, the name of the user, or the name of the channel; not used for all. */
  readonly target: string;
  /** The message as JSON, or the reason of a disconnect as text. */
  readonly text: string;
};

/** Returns the problem of an order in a sentence, or undefined. */
export function problemOf({ verb, kind, target, text }: Order): string | undefined {
  if (kind !== 'all' && target === '') {
    return { connection: 'Enter a connection id.', user: 'Enter the name of a user.', channel: 'Enter a channel.' }[
      kind
    ];
  }
  if (verb === 'disconnect' && kind === 'channel') {
    return 'A channel cannot be disconnected. Choose a connection, a user, or all.';
  }
  return verb === 'push' && !isJson(text)
    ? 'The message is not JSON. A text needs quotation marks: "hello".'
    : undefined;
}

/** Returns the event for the function, as a backend sends it. The message stays as it was written. */
export function eventOf({ verb, kind, target, text }: Order): string {
  const to = JSON.stringify(kind === 'all' ? { all: true } : { [kind]: target });
  return verb === 'push'
    ? `{"push":{"target":${to},"message":${text}}}`
    : `{"disconnect":{"target":${to},"reason":${JSON.stringify(text)}}}`;
}

/** Returns the command for a terminal in the project's folder that gives the same order. */
export function commandLineOf({ verb, kind, target, text }: Order, websocketUrl: string, outputs?: string): string {
  const { script, flag } = scriptsFor(websocketUrl, outputs);
  const to = kind === 'all' ? '--all' : `--${kind}=${shellQuote(target)}`;
  if (verb === 'push') {
    return `echo ${shellQuote(oneLine(text))} | ${script}/send.sh${flag} ${to} /dev/stdin`;
  }
  const reason = text === '' ? '' : ` --reason=${shellQuote(text)}`;
  return `${script}/send.sh${flag} --disconnect${reason} ${to}`;
}

/** Returns JSON on one line: a line break is never part of a string in JSON. */
function oneLine(json: string): string {
  return json.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
