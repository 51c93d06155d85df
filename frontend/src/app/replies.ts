// Yours: add a line for each route of lambda/app that replies to the sender.

import type { Reply } from '../conversation/reply';

/** The routes that reply to the sender, with the type of the reply. "ping" and "refresh" belong to the protocol. */
export const replies: readonly Reply[] = [{ type: 'echo' }, { action: 'whoami', type: 'whoami' }];
