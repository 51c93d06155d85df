import type { Field } from '../contract';

/** Returns the object in a message, or undefined if the message is not a JSON object. */
function objectOf(message: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the value of a field in a message as the text of an input; "" if the message lacks it. */
export function fieldText(message: string, { name, kind }: Field): string {
  const value = objectOf(message)?.[name];
  if (value === undefined) {
    return '';
  }
  return kind === 'json' || typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Returns the message with another value of a field, from the text of an input. An optional field without a text is left
 * out. It returns undefined if the text is no value of the field.
 */
export function withField(message: string, { name, kind, required }: Field, text: string): string | undefined {
  const object = objectOf(message);
  const value = valueIn(kind, text);
  const empty = text === '' && (kind !== 'string' || !required);
  if (!object || (value === undefined && (!empty || required))) {
    return undefined;
  }
  const { [name]: _, ...others } = object;
  const changed = empty ? others : name in object ? { ...object, [name]: value } : { ...others, [name]: value };
  return JSON.stringify(changed, null, message.includes('\n') ? 2 : undefined);
}

function valueIn(kind: Field['kind'], text: string): unknown {
  switch (kind) {
    case 'string':
      return text;
    case 'boolean':
      return text === '' ? undefined : text === 'true';
    default: {
      const value = parsed(text);
      const isNumber = typeof value === 'number' && (kind === 'number' || Number.isInteger(value));
      return kind === 'json' || isNumber ? value : undefined;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
