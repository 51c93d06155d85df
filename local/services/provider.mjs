// The configuration of oidc-provider. The issuer is the program sign-in.mjs, and the client
// is the site.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { confirmLogoutPage, logoutPage, messagePage } from './pages.mjs';

// The library warns on the console about Node.js 20, on which it works, and about state in
// memory, which is intended here.
const harmless = /Unsupported runtime|in-memory adapter/;
const { warn } = console;
console.warn = (text, ...more) => harmless.test(text) || warn(text, ...more);
const { errors, Provider } = await import('oidc-provider');

const hour = 3600;
const day = 24 * hour;

// The library requires a URI for the resource of a token. The token does not contain it: it
// contains the audience.
const resource = 'urn:sallyport:api';

const api = (audience) => ({
  audience,
  scope: '',
  accessTokenFormat: 'jwt',
  accessTokenTTL: hour,
  jwt: { sign: { alg: 'RS256' } },
});

/** Grants all scopes without a question to the user. */
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
 * Returns whether the sign-out request has an ID token of the user, which the provider has verified. Only the site has
 * one. Any page may contain a link to the sign-out.
 */
const hasIdToken = ({ oidc }) => oidc.entities.IdTokenHint?.payload.sub === oidc.session.accountId;

const features = ({ audience }, site) => ({
  devInteractions: { enabled: false }, // its page loads a font from the internet; pages.mjs replaces it
  userinfo: { enabled: false }, // it refuses tokens with an audience
  revocation: { enabled: true }, // the console revokes its refresh token when it signs out
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => html(ctx, hasIdToken(ctx) ? logoutPage(form) : confirmLogoutPage(form, ctx.oidc.session.accountId, site)),
    postLogoutSuccessSource: (ctx) => html(ctx, messagePage('Signed out', 'You can close this page.', site)),
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

/** Returns the provider with the URL issuer for the pages of site. */
export function newProvider(issuer, site, settings) {
  const provider = new Provider(issuer, {
    clients: [client(settings, site)],
    features: features(settings, site),
    jwks: { keys: [newKey()] },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      // Cookies are shared by all ports of a host, so the names must differ from those of other programs.
      names: { session: 'sallyport', interaction: 'sallyport_login', resume: 'sallyport_resume' },
    },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    findAccount: (_ctx, name) => ({
      accountId: name,
      claims: () => ({ sub: name, name, preferred_username: name }),
    }),
    loadExistingGrant: grantEverything,
    // As with Cognito, each renewal returns a new refresh token. The use of an old one, which may be stolen, ends the session.
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, requester) => requester.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx, origin) => origin === site,
    responseTypes: ['code'],
    extraParams: ['theme'], // the theme of the console, for the login page
    pkce: { required: () => true },
    renderError: (ctx, { error, error_description: description }) =>
      html(ctx, messagePage('Sign-in failed', description ?? error, site)),
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

/** Returns an access token of the client for a user. */
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
