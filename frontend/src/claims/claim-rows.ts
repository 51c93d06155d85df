import { formatLeft, formatMoment } from '../presentation/format';
import type { Claims } from '../sign-in/claims';

/** A claim in words. */
export type ClaimRow = {
  readonly name: string;
  /** The value as JSON, or a time in the time zone of this device. */
  readonly value: string;
  /** The distance of a time from now: "in 58 min 12 s", "5 s ago". */
  readonly distance?: string;
};

/** The claims that are times in Unix seconds (RFC 7519, section 4.1; OpenID Connect Core, sections 2 and 5.1). */
const times: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);

/** A larger number of seconds is not a time that a browser can show. */
const maxTime = 8.64e12;

/** Returns the claims in words. `now` is Unix time in milliseconds. `ahead`: by how many seconds the clock of this device is ahead. */
export function claimRows(claims: Claims, now: number, ahead = 0): readonly ClaimRow[] {
  return Object.entries(claims).map(([name, value]) => {
    if (!times.has(name) || typeof value !== 'number' || Math.abs(value) > maxTime) {
      return { name, value: typeof value === 'string' ? value : JSON.stringify(value) };
    }
    const left = (value + ahead) * 1000 - now;
    return {
      name,
      value: formatMoment((value + ahead) * 1000),
      distance: left > 0 ? `in ${formatLeft(left)}` : `${formatLeft(-left)} ago`,
    };
  });
}
