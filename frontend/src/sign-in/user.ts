import type { User } from 'oidc-client-ts';

/** What tells users apart: issuer and subject. */
export function idOf({ profile }: User): string {
  return `${profile.iss}#${profile.sub}`;
}

/** What a user is called, for display only. It comes from the ID token. */
export function nameOf({ profile }: User): string {
  return profile.preferred_username ?? profile.email ?? profile.name ?? profile.sub;
}
