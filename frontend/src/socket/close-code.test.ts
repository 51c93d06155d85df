import { describe, expect, it } from 'vitest';
import catalogue from '../errors.json';
import { explainClose, explainEnding } from './close-code';
import type { Ending } from './state';

describe('explainClose', () => {
  it.each<[number, string, RegExp, boolean]>([
    [1000, 'Closed normally', /DELETE @connections/, false],
    [1001, 'Going away', /10 minutes.*2 hours.*before it stops/, false],
    [1002, 'Protocol error', /broke the WebSocket protocol/, true],
    [1003, 'Unsupported data', /binary/, true],
    [1005, 'Closed without a code', /no code/, false],
    [1006, 'Connection lost', /without a close frame/, true],
    [1007, 'Malformed text', /UTF-8/, true],
    [1008, 'Policy violation', /policy/, true],
    [1009, 'Message too big', /32 KB in one frame and 128 KB in one message/, true],
    [1010, 'Extension missing', /extension/, true],
    [1011, 'Server error', /could not handle/, true],
    [1012, 'Server restarts', /restarted/, false],
    [1013, 'Try again later', /overloaded/, false],
    [1014, 'Bad gateway', /in between/, true],
    [1015, 'TLS failed', /certificate/, true],
    [3000, 'Library code 3000', /registered/, true],
    [4000, 'Application code 4000', /application/, true],
    [4999, 'Application code 4999', /application/, true],
    [1004, 'Unknown code 1004', /No standard/, true],
    [5000, 'Unknown code 5000', /No standard/, true],
  ])('explains %i', (code, title, text, trouble) => {
    const meaning = explainClose({ code, opened: true });
    expect(meaning).toMatchObject({ title, trouble });
    expect(meaning.text).toMatch(text);
  });

  it('lists the possible reasons of a refusal', () => {
    const { title, text, causes } = explainClose({ code: 1006, opened: false });
    expect(title).toBe('Refused or unreachable');
    expect(text).toMatch(/does not tell this page the reason/);
    expect(causes?.map(({ answer }) => answer)).toEqual(['401', '403', '429', '500', '502', 'none']);
  });

  it('lists the error codes of a refusal, which are all in the catalogue', () => {
    const { causes } = explainClose({ code: 1006, opened: false });
    const codes = causes?.flatMap((cause) => cause.codes ?? []) ?? [];
    expect(codes).toHaveLength(15);
    expect(codes.filter((code) => !(code in catalogue))).toEqual([]);
  });

  it('returns the message of the server if there is one', () => {
    const closing = { code: 'signed_out', message: 'You have signed out.' };
    expect(explainClose({ code: 1000, opened: true, closing })).toEqual({
      title: 'Ended: signed out',
      text: 'The server says: You have signed out.',
      trouble: false,
      code: 'signed_out',
    });
  });
});

describe('explainEnding', () => {
  it.each<[Ending, string, boolean]>([
    [{ kind: 'disconnected', opened: true, lasted: 5 }, 'Closed by you', false],
    [{ kind: 'disconnected', opened: false, lasted: 0 }, 'Canceled', false],
    [{ kind: 'timeout', opened: true, lasted: 5 }, 'No answer', true],
    [{ kind: 'failed', message: 'Sign in again.', final: true }, 'No credential', true],
    [{ kind: 'failed', message: 'No.', final: true, code: 'token_audience' }, 'Refused: token audience', true],
    [{ kind: 'failed', message: 'Out of reach.', final: false }, 'Server unreachable', true],
    [{ kind: 'closed', code: 1001, reason: '', opened: true, lasted: 5 }, 'Going away', false],
  ])('explains %j', (ending, title, trouble) => {
    expect(explainEnding(ending)).toMatchObject({ title, trouble });
  });
});
