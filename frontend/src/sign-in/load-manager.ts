import type { Config } from '../config';
import type { Manager, Page } from './manager';

/** Loads the file that signs in and out. A page that has loaded it needs no network. */
export const loadLibrary = () => import('./manager');

/** Loads the client of the issuer, which the page needs only to sign in. It throws an Error if its file cannot be loaded. */
export async function loadManager(config: Config, page: Page): Promise<Manager> {
  const { newManager } = await loadLibrary().catch(() => {
    throw new Error('A part of this page could not be loaded. Load the page again.');
  });
  return newManager(config, page);
}
