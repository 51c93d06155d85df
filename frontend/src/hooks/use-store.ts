import { useSyncExternalStore } from 'react';
import type { Store } from '../store';

/** Returns the store's present value. The component renders again when it changes. */
export function useStore<T>(store: Pick<Store<T>, 'subscribe' | 'snapshot'>): T {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}
