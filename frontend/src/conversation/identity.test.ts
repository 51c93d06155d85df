import { describe, expect, it } from 'vitest';
import whoami from '../../../lambda/handler/testdata/message/whoami.json?raw';
import { parseMessage } from '../socket/message';
import { identityOf } from './identity';

describe('identityOf', () => {
  it('reads the message of the server’s tests', () => {
    expect(identityOf(parseMessage(whoami))).toEqual({
      connectionId: 'WhHAe-TROkECC5w=',
      user: 'alice',
      issuer: 'https://sign-in.example',
      sub: 'sub-alice',
      expires: 1708330500,
    });
  });

  it('accepts a message without issuer and sub', () => {
    const text = '{"type":"whoami","data":{"connectionId":"x","user":"alice","sub":7,"expires":1}}';
    expect(identityOf(parseMessage(text))).toEqual({ connectionId: 'x', user: 'alice', expires: 1 });
  });

  it.each([
    '{"type":"whoami"}',
    '{"type":"whoami","data":null}',
    '{"type":"whoami","data":"alice"}',
    '{"type":"whoami","data":{"connectionId":1,"user":"alice","expires":1}}',
    '{"type":"whoami","data":{"connectionId":"x","expires":1}}',
    '{"type":"whoami","data":{"connectionId":"x","user":"alice","expires":"1"}}',
    '{"type":"echo","data":{"connectionId":"x","user":"alice","expires":1}}',
    'whoami',
  ])('returns undefined for %s', (text) => {
    expect(identityOf(parseMessage(text))).toBeUndefined();
  });
});
