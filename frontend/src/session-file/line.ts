/** A line of a saved session. It has the fields of an entry of the log that have a meaning outside the page. */
export type ShownLine = {
  /** Unix milliseconds. */
  readonly at: number;
  readonly direction: 'sent' | 'received' | 'note';
  readonly type: string;
  /** In bytes; 0 for a note. */
  readonly size: number;
  readonly text: string;
  /** Of a sent message: "sent", "queued" or the reason why it was not sent. */
  readonly outcome?: string;
  /** Of a reply: the route that replied, and the milliseconds from the message to the reply. */
  readonly route?: string;
  readonly trip?: number;
  /** Of a note: whether it is a problem, and how often it happened in a row. */
  readonly trouble?: boolean;
  readonly count?: number;
};

const directions: ReadonlySet<unknown> = new Set(['sent', 'received', 'note']);

type Fields = Readonly<Record<string, unknown>>;

/** Returns a line of a file, or the problem of the line in a few words. Other members are left out. */
export function readLine(value: unknown): ShownLine | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'it is not an object';
  }
  const fields = value as Fields;
  const { direction, type, size, text } = fields;
  const at = typeof fields.at === 'string' ? Date.parse(fields.at) : Number.NaN;
  if (Number.isNaN(at)) {
    return 'at is not a time';
  }
  if (!directions.has(direction)) {
    return 'direction is none of sent, received and note';
  }
  if (typeof type !== 'string' || typeof text !== 'string') {
    return 'type or text is not a text';
  }
  if (!isAmount(size)) {
    return 'size is not a number of bytes';
  }
  const line = { at, direction: direction as ShownLine['direction'], type, size, text };
  return { ...line, ...optional(fields, 'outcome', isText), ...optional(fields, 'route', isText), ...rest(fields) };
}

function rest(fields: Fields): object {
  return {
    ...optional(fields, 'trip', isAmount),
    ...optional(fields, 'count', isAmount),
    ...optional(fields, 'trouble', (value) => typeof value === 'boolean'),
  };
}

/** Returns an object with the member, or an empty one if the member is missing or has another type. */
function optional(fields: Fields, name: string, fits: (value: unknown) => boolean): object {
  return Object.hasOwn(fields, name) && fits(fields[name]) ? { [name]: fields[name] } : {};
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
