import type { Entry } from '../conversation/entry';

/** Returns the reply to a message, or the message to which it replies, if it is among the entries. */
export function partnerOf(entries: readonly Entry[], id: number | undefined): Entry | undefined {
  const entry = id === undefined ? undefined : entries.find((one) => one.id === id);
  if (entry?.direction === 'received') {
    return entry.request && entries.find((one) => one.id === entry.request?.id);
  }
  return entry?.direction === 'sent'
    ? entries.find((one) => one.direction === 'received' && one.request?.id === entry.id)
    : undefined;
}
