import { expect, it } from 'vitest';
import { claimRows } from './claim-rows';

const now = new Date(2026, 10, 29, 12, 0, 0).getTime();
const seconds = now / 1000;
const rows = (claims: Record<string, unknown>, ahead?: number) => claimRows(claims, now, ahead);

it.each<[string, unknown, string, string | undefined]>([
  ['exp', seconds + 3600, '13:00:00', 'in 1 h 0 min'],
  ['iat', seconds - 5, '11:59:55', '5 s ago'],
  ['nbf', seconds, '12:00:00', '0 s ago'],
  ['auth_time', seconds - 90, '11:58:30', '1 min 30 s ago'],
  ['exp', 'soon', 'soon', undefined],
  ['exp', null, 'null', undefined],
  ['exp', 1e300, '1e+300', undefined],
  ['aud', ['a', 'b'], '["a","b"]', undefined],
  ['sub', 'alice', 'alice', undefined],
  ['email_verified', true, 'true', undefined],
])('claimRows shows %s %j', (name, value, text, distance) => {
  const [row] = rows({ [name]: value });
  expect(row?.name).toBe(name);
  expect(row?.value.endsWith(text), row?.value).toBe(true);
  expect(row?.distance).toBe(distance);
});

it('claimRows shows times by the clock of this device', () => {
  expect(rows({ exp: seconds }, 7200)[0]).toMatchObject({
    value: expect.stringMatching(/14:00:00$/),
    distance: 'in 2 h 0 min',
  });
});
