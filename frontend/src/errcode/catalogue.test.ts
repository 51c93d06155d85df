import { renderHook, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { findErrorCode } from './catalogue';
import { useErrorCode } from './use-error-code';

describe('findFault', () => {
  it('tells what a code means, and what to do', async () => {
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

  it.each(['', 'nothing_like_this', 'toString', '__proto__', 'constructor'])('knows no %j', async (code) => {
    expect(await findErrorCode(code)).toBeUndefined();
  });
});

describe('useFault', () => {
  it('follows the code', async () => {
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
