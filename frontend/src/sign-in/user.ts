import type { User } from 'oidc-client-ts';

/** Returns the id of a user: issuer and subject. */
export function idOf({ profile }: User): string {
  return `${profile.iss}#${profile.sub}`;
}

/** Returns the name of a user from the ID token, for display only. */
export function nameOf({ profile }: User): string {
  return profile.preferred_username ?? profile.email ?? profile.name ?? profile.sub;
}
