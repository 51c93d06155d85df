import { renderHook, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { findErrorCode } from './catalogue';
import { useErrorCode } from './use-error-code';

describe('findErrorCode', () => {
  it('returns the meaning and the remedy of a code', async () => {
    expect(await findErrorCode('token_audience')).toEqual({
      meaning: expect.stringMatching(/another application/),
      remedy: expect.stringMatching(/./),
    });
  });

  it('finds the codes that the app declares', async () => {
    const closed = { meaning: 'The shop is closed.', remedy: 'Come back tomorrow.' };
    expect(await findErrorCode('shop_closed', { shop_closed: closed })).toEqual(closed);
    expect(await findErrorCode('shop_closed', {})).toBeUndefined();
  });

  it.each(['', 'nothing_like_this', 'toString', '__proto__', 'constructor'])(
    'returns undefined for %j',
    async (code) => {
      expect(await findErrorCode(code)).toBeUndefined();
    },
  );
});

describe('useErrorCode', () => {
  it('returns the entry of the present code', async () => {
    const { result, rerender } = renderHook(({ code }) => useErrorCode(code), {
      initialProps: { code: 'signed_out' as string | undefined },
    });
    expect(result.current).toBeUndefined();
    await waitFor(() => expect(result.current?.meaning).toMatch(/signed out/));
    rerender({ code: 'unavailable' });
    expect(result.current).toBeUndefined();
    await waitFor(() => expect(result.current?.meaning).toMatch(/could not check/));
    rerender({ code: undefined });
    expect(result.current).toBeUndefined();
  });
});
