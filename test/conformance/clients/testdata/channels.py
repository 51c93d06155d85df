"""Uses a channel with Python's websockets, with a ticket in the address and no subprotocol."""
import asyncio
import json
import sys
import urllib.request

import websockets

socket, http, token = sys.argv[1:]


def address():
    request = urllib.request.Request(http + '/tickets', method='POST', headers={'Authorization': 'Bearer ' + token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        ticket = json.load(answer)['data']['ticket']
    return f'{socket}?protocol=centrifuge-json&ticket={ticket}'


async def frames(ws):
    async for message in ws:
        for line in message.split('\n'):
            yield json.loads(line)


async def reply(received, name):
    async for frame in received:
        if name in frame:
            return frame[name]


async def main():
    where = address()
    # Like centrifuge-python, this offers no subprotocol and accepts none in the answer.
    async with websockets.connect(where, subprotocols=[], open_timeout=60, ping_interval=None) as ws:
        received = frames(ws)
        await ws.send('{"connect":{"name":"python"},"id":1}\n{"subscribe":{"channel":"chat:python"},"id":2}')
        print('connected', bool((await reply(received, 'connect'))['client']))
        position = await reply(received, 'subscribe')
        await ws.send('{"publish":{"channel":"chat:python","data":{"n":1}},"id":3}')
        print('published', (await reply(received, 'push'))['pub']['data'])
    try:
        async with websockets.connect(where, subprotocols=[], open_timeout=60, ping_interval=None):
            print('used ticket: connected')
    except websockets.InvalidStatusCode as error:
        print('used ticket:', error.status_code)
    async with websockets.connect(address(), subprotocols=[], open_timeout=60, ping_interval=None) as ws:
        received = frames(ws)
        subscribe = {'channel': 'chat:python', 'recover': True, 'epoch': position['epoch'], 'offset': position.get('offset', 0)}
        await ws.send('{"connect":{},"id":1}\n' + json.dumps({'subscribe': subscribe, 'id': 2}))
        again = await reply(received, 'subscribe')
        print('recovered', again['recovered'], [p['data'] for p in again['publications']])


asyncio.run(main())
