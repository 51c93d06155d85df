import { useEffect, useSyncExternalStore } from 'react';
import type { Socket } from './socket';
import type { SocketSnapshot } from './state';

/** Returns the socket's present state. The socket is disconnected when the component is unmounted. */
export function useSocket(socket: Socket): SocketSnapshot {
  useEffect(() => () => socket.disconnect(), [socket]);
  return useSyncExternalStore(socket.subscribe, socket.snapshot);
}
