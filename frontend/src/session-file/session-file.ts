import { type Entry, withoutCredentials } from '../conversation/entry';
import { readLine, type ShownLine } from './line';

/** The name and the version of the format. A later version that older pages cannot read has a larger number. */
const format = 'sallyport-session';
const version = 1;

/** The limits of a file that can be opened. The log of a page is smaller. */
export const fileLimits = { bytes: 64 << 20, lines: 12_000 } as const;

/** The session of a page: its log at one moment. */
export type SessionFile = {
  /** The origin of the page. */
  readonly page: string;
  /** When it was saved, Unix milliseconds. */
  readonly savedAt: number;
  /** The number of older lines that the log had dropped. */
  readonly dropped: number;
  /** Oldest first. */
  readonly lines: readonly ShownLine[];
};

/** A session, or the reason why the file has none, as a sentence. */
export type ParsedSession =
  | { readonly ok: true; readonly session: SessionFile }
  | { readonly ok: false; readonly problem: string };

/** Returns the session of a page, without anything that looks like a credential. */
export function sessionOf(entries: readonly Entry[], dropped: number, page: string, savedAt: number): SessionFile {
  return { page, savedAt, dropped, lines: entries.map(lineOf) };
}

function lineOf(entry: Entry): ShownLine {
  const { at, direction, size } = entry;
  const line = { at, direction, size, type: withoutCredentials(entry.type), text: withoutCredentials(entry.text) };
  switch (entry.direction) {
    case 'sent':
      return { ...line, outcome: entry.outcome };
    case 'received':
      return entry.request ? { ...line, route: entry.request.route, trip: entry.request.trip } : line;
    case 'note':
      return { ...line, trouble: entry.trouble, ...(entry.count !== undefined && { count: entry.count }) };
  }
}

/** Returns the text of the file of a session. */
export function textOf({ page, savedAt, dropped, lines }: SessionFile): string {
  const written = lines.map((line) => JSON.stringify({ ...line, at: new Date(line.at).toISOString() }));
  const head = JSON.stringify({ format, version, page, savedAt: new Date(savedAt).toISOString(), dropped });
  return `${head.slice(0, -1)},"lines":[\n${written.join(',\n')}\n]}\n`;
}

/** Reads the text of a file. It never throws, and refuses everything that is not a session. */
export function parseSession(text: string): ParsedSession {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem('It is not JSON.');
  }
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof value !== 'object' || fields.format !== format) {
    return problem('It is not a session that this page saved.');
  }
  if (fields.version !== version) {
    return problem(
      `It has version ${JSON.stringify(fields.version)?.slice(0, 20)}. This page reads version ${version}.`,
    );
  }
  const { page, savedAt, dropped, lines } = fields;
  const saved = typeof savedAt === 'string' ? Date.parse(savedAt) : Number.NaN;
  if (typeof page !== 'string' || Number.isNaN(saved) || !isCount(dropped) || !Array.isArray(lines)) {
    return problem('One of the fields page, savedAt, dropped and lines is missing or malformed.');
  }
  if (lines.length > fileLimits.lines) {
    return problem(`It has ${lines.length} lines. The limit is ${fileLimits.lines}.`);
  }
  const read: ShownLine[] = [];
  for (const [index, line] of lines.entries()) {
    const result = readLine(line);
    if (typeof result === 'string') {
      return problem(`Line ${index + 1} is malformed: ${result}.`);
    }
    read.push(result);
  }
  return { ok: true, session: { page: page.slice(0, 200), savedAt: saved, dropped, lines: read } };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function problem(text: string): ParsedSession {
  return { ok: false, problem: text };
}
