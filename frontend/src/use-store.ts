import { useSyncExternalStore } from 'react';
import type { Store } from './store';

/** The store's present value; the component renders again when it changes. */
export function useStore<T>(store: Pick<Store<T>, 'subscribe' | 'snapshot'>): T {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}
