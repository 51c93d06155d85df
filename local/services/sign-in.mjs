// An OpenID Connect issuer for development, by oidc-provider: any name is a
// user.
//
// Settings: {"listen": "127.0.0.1:8082", "siteUrl": "http://127.0.0.1:8080",
// "clientId": "console", "audience": "sallyport"}. The one client is the site:
// public, by the code flow with PKCE. Its access tokens are JWTs for the
// audience (RS256, one hour), whatever it asks for; it gets a refresh token too.
// Keys and sessions are new at every start.
//
// POST /token-for-user mints such an access token without a browser, from
// {"user": "alice", "expiresIn": 3600, "audience": "sallyport"}, of which only
// the user is required; expiresIn, in seconds, may be negative. It answers
// {"access_token": "..."}.
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
    // The provider's own errors say what is wrong with the request.
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
    // Discovery and keys would otherwise be open to every page. They may be;
    // but what a page of another origin wants here can only be a mistake.
    answer(response, 403, { error: `${origin} is not the site` });
  } else if (pathname.startsWith('/interaction/')) {
    await serveLogin(request, response, pathname).catch((error) => {
      show(response, 400, messagePage('Sign-in failed', error.error_description ?? error.message));
    });
  } else {
    serveProvider(request, response);
  }
}

/** Asks for the name, and goes on with whatever it is. */
async function serveLogin(request, response, pathname) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const accountId = new URLSearchParams(await readText(request)).get('login')?.trim();
    if (accountId) {
      await provider.interactionFinished(request, response, { login: { accountId } });
      return;
    }
  }
  show(response, 200, loginPage(pathname, params.login_hint));
}

/**
 * Mints a token. Whoever may run programs on this machine may have one; a web
 * page that the developer happens to look at may not. Browsers send Origin with
 * every POST, and cannot send JSON to another origin without asking first, which
 * nobody answers here.
 */
async function serveToken(request, response) {
  const json = /^application\/json\b/.test(request.headers['content-type'] ?? '');
  if (request.method !== 'POST' || request.headers.origin !== undefined || !json) {
    answer(response, 403, { error: 'this is for POST of application/json by programs, not pages' });
    return;
  }
  const wanted = parse(await readText(request));
  if (!isWanted(wanted)) {
    answer(response, 400, { error: 'want {"user": "NAME"}, and expiresIn in seconds or audience if not the usual' });
    return;
  }
  answer(response, 200, { access_token: await mintToken(provider, settings, wanted) });
}

function isWanted(value) {
  const { user, audience = 'usual', expiresIn = 1 } = value ?? {};
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

/** The body of a request, which is short if it is one of ours. */
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
