// An OpenID Connect issuer for development, by oidc-provider. It accepts any name as a user.
//
// Settings: {"listen": "127.0.0.1:8082", "siteUrl": "http://127.0.0.1:8080",
// "clientId": "console", "audience": "sallyport"}. The only client is the site, a public
// client that uses the code flow with PKCE. Its access tokens are JWTs for the audience
// (RS256, one hour), independent of the requested resource. It also gets a refresh token.
// Keys and sessions are new at every start.
//
// POST /token-for-user returns such an access token without a browser. The body is
// {"user": "alice", "expiresIn": 3600, "audience": "sallyport"}. Only the user is required.
// expiresIn is in seconds and may be negative. The response is {"access_token": "..."}.
import { createServer } from 'node:http';
import { loginPage, messagePage, policy } from './pages.mjs';
import { endWithParent, fail, listen, readSettings, ready } from './program.mjs';
import { mintToken, newProvider } from './provider.mjs';

const settings = readSettings(['listen', 'siteUrl', 'clientId', 'audience']);
if (!URL.canParse(settings.siteUrl)) {
  fail(`siteUrl is ${settings.siteUrl}, which is not a URL`);
}
endWithParent();

const site = new URL(settings.siteUrl).origin;
const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    // The errors of the provider describe the problem of the request.
    if (!response.headersSent) {
      answer(response, error.statusCode ?? 500, { error: error.error_description ?? error.message });
    }
  });
});
const issuer = await listen(server, settings.listen);
const provider = newProvider(issuer, site, settings);
const serveProvider = provider.callback();
ready(issuer);

async function serve(request, response) {
  const { pathname } = new URL(request.url, issuer);
  const { origin } = request.headers;
  response.setHeader('Content-Security-Policy', policy(site));
  if (pathname === '/token-for-user') {
    await serveToken(request, response);
  } else if (origin !== undefined && origin !== site && origin !== issuer) {
    // Discovery and keys are public, but a request of a page of another origin is a mistake.
    answer(response, 403, { error: `${origin} is not the site` });
  } else if (pathname.startsWith('/interaction/')) {
    await serveLogin(request, response, pathname).catch((error) => {
      show(response, 400, messagePage('Sign-in failed', error.error_description ?? error.message, site));
    });
  } else {
    serveProvider(request, response);
  }
}

/** Serves the login page and accepts any name. */
async function serveLogin(request, response, pathname) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const accountId = new URLSearchParams(await readText(request)).get('login')?.trim();
    if (accountId) {
      await provider.interactionFinished(request, response, { login: { accountId } });
      return;
    }
  }
  show(response, 200, loginPage(pathname, site, params));
}

/**
 * Returns a token to any program on this machine and to the site, which can sign in as any user anyway, but not to another
 * web page that the developer visits. Browsers send Origin with every POST, and send JSON to another origin only after a
 * preflight, which this server answers for the site only.
 */
async function serveToken(request, response) {
  const { method, headers } = request;
  if (headers.origin === site) {
    response.setHeader('Access-Control-Allow-Origin', site);
    response.setHeader('Access-Control-Allow-Headers', 'content-type');
    response.setHeader('Vary', 'Origin');
    if (method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
  }
  const json = /^application\/json\b/.test(headers['content-type'] ?? '');
  if (method !== 'POST' || (headers.origin !== undefined && headers.origin !== site) || !json) {
    const error = 'only programs and the site may request a token, with POST and application/json; other web pages may not';
    answer(response, 403, { error });
    return;
  }
  const order = parse(await readText(request));
  if (!isValid(order)) {
    answer(response, 400, { error: 'the body must be {"user": "NAME"}, optionally with expiresIn in seconds and audience' });
    return;
  }
  answer(response, 200, { access_token: await mintToken(provider, settings, order) });
}

function isValid(value) {
  const { user, audience = 'default', expiresIn = 1 } = value ?? {};
  const isText = (text) => typeof text === 'string' && text.trim() !== '';
  return isText(user) && isText(audience) && Number.isInteger(expiresIn) && expiresIn !== 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the body of a request, at most 64 KB. */
async function readText(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > 64 * 1024) {
      throw Object.assign(new Error('the request is too large'), { statusCode: 413 });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function show(response, status, page) {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(page);
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
