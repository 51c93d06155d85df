import { useEffect, useSyncExternalStore } from 'react';
import type { Socket } from './socket';
import type { SocketSnapshot } from './state';

/** The socket's present state. The socket is disconnected when the component goes. */
export function useSocket(socket: Socket): SocketSnapshot {
  useEffect(() => () => socket.disconnect(), [socket]);
  return useSyncExternalStore(socket.subscribe, socket.snapshot);
}
