"""Talks to a WebSocket API with Python's websockets, and prints what comes."""
import asyncio
import sys

import websockets

url, protocols = sys.argv[1], sys.argv[2:]


def connect(offered):
    return websockets.connect(url, subprotocols=offered or None, open_timeout=20)


async def main():
    try:
        async with connect(['sallyport.v1', 'bearer.nonsense'] if protocols else None):
            print('bad token: connected')
    except websockets.InvalidStatusCode as error:
        print('bad token:', error.status_code)
    async with connect(protocols) as ws:
        print('subprotocol', ws.subprotocol)
        await ws.send('{"action":"ping"}')
        print(await ws.recv())
        await ws.send(['frag', 'ments'])
        print(await ws.recv())
        await asyncio.wait_for(await ws.ping(), 20)
        print('pong')
        try:
            await ws.send('x' * (32 * 1024 + 1))
            print(await ws.recv())
        except websockets.ConnectionClosed as closed:
            print('large frame:', closed.rcvd.code, closed.rcvd.reason)
    async with connect(protocols) as ws:
        try:
            await ws.send(b'binary')
            print(await ws.recv())
        except websockets.ConnectionClosed as closed:
            print('binary:', closed.rcvd.code)


asyncio.run(main())
