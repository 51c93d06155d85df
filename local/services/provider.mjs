// The configuration of oidc-provider. What it calls "the issuer" is the program
// sign-in.mjs, "the client" the site.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { askLogoutPage, logoutPage, messagePage } from './pages.mjs';

// The library says on the console what a product should not do: run on Node 20,
// on which it works, or keep everything in memory, which is what we want.
const harmless = /Unsupported runtime|in-memory adapter/;
const { warn } = console;
console.warn = (text, ...more) => harmless.test(text) || warn(text, ...more);
const { errors, Provider } = await import('oidc-provider');

const hour = 3600;
const day = 24 * hour;

// The library wants an address for what a token is for. It is not in the token:
// that has the audience.
const resource = 'urn:sallyport:api';

const api = (audience) => ({
  audience,
  scope: '',
  accessTokenFormat: 'jwt',
  accessTokenTTL: hour,
  jwt: { sign: { alg: 'RS256' } },
});

/** Consents at once to whatever the client may ask for, so that signing in is one step. */
async function grantEverything(ctx) {
  const { client, session, provider } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  const found = known && (await provider.Grant.find(known));
  if (found) {
    return found;
  }
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile offline_access');
  await grant.save();
  return grant;
}

const client = ({ clientId }, site) => ({
  client_id: clientId,
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: [`${site}/`],
  post_logout_redirect_uris: [`${site}/`],
});

const html = (ctx, body) => {
  ctx.type = 'html';
  ctx.body = body;
};

/**
 * Whether who asks to sign out has an ID token of the person who is signed in,
 * which the provider has verified. Only the site has one; any page can have a
 * link to here.
 */
const provesItself = ({ oidc }) => oidc.entities.IdTokenHint?.payload.sub === oidc.session.accountId;

const features = ({ audience }, site) => ({
  devInteractions: { enabled: false }, // its page loads a font from the internet; ours is pages.mjs
  userinfo: { enabled: false }, // answers only tokens that are for nothing else
  revocation: { enabled: true }, // the console revokes its refresh token before it forgets it
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => html(ctx, provesItself(ctx) ? logoutPage(form) : askLogoutPage(form, ctx.oidc.session.accountId, site)),
    postLogoutSuccessSource: (ctx) => html(ctx, messagePage('Signed out', 'You can close this page.')),
  },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => resource,
    getResourceServerInfo: (_ctx, wanted) => {
      if (wanted !== resource) {
        throw new errors.InvalidTarget();
      }
      return api(audience);
    },
  },
});

const newKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
};

/** The provider at that issuer for the pages of site. */
export function newProvider(issuer, site, settings) {
  const provider = new Provider(issuer, {
    clients: [client(settings, site)],
    features: features(settings, site),
    jwks: { keys: [newKey()] },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      // Cookies do not tell ports apart: these are not another program's.
      names: { session: 'sallyport', interaction: 'sallyport_login', resume: 'sallyport_resume' },
    },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    findAccount: (_ctx, name) => ({
      accountId: name,
      claims: () => ({ sub: name, name, preferred_username: name }),
    }),
    loadExistingGrant: grantEverything,
    // As Cognito's: each renewal brings a new refresh token. Who shows an old one ends the session, as a thief may have it.
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, asking) => asking.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx, origin) => origin === site,
    responseTypes: ['code'],
    pkce: { required: () => true },
    renderError: (ctx, { error, error_description: description }) =>
      html(ctx, messagePage('Sign-in failed', description ?? error)),
    ttl: {
      AccessToken: hour,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 14 * day,
      Session: 14 * day,
      Grant: 14 * day,
    },
  });
  provider.on('server_error', (_ctx, error) => process.stderr.write(`sign-in: ${error.message}\n`));
  return provider;
}

/** A token as the client gets them, for that user. */
export async function mintToken(provider, settings, { user, audience = settings.audience, expiresIn = hour }) {
  const token = new provider.AccessToken({
    client: await provider.Client.find(settings.clientId),
    accountId: user,
    resourceServer: new provider.ResourceServer(resource, api(audience)),
    gty: 'token-for-user',
    expiresIn,
  });
  return token.save();
}
