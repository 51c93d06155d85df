/** A change of the network or the page that the browser reports. */
export type Signal = 'online' | 'offline' | 'visible';

/** The source of signals for a Socket. */
export type Signals = {
  /** Returns whether there may be a network. Browsers are sometimes wrong about it. */
  readonly online: () => boolean;
  /** Calls listener with each signal, until the returned function is called. */
  readonly watch: (listener: (signal: Signal) => void) => () => void;
};

/** The signals of the browser window. */
export const browserSignals: Signals = {
  online: () => navigator.onLine,
  watch: (listener) => {
    const stop = new AbortController();
    const { signal } = stop;
    addEventListener('online', () => listener('online'), { signal });
    addEventListener('offline', () => listener('offline'), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || listener('visible'), { signal });
    return () => stop.abort();
  },
};
