// The pages of the sign-in. They look like the console. They load no other file, and their
// content security policy allows only the style and the script of this file.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// The colours, sizes and fonts of the console.
const tokens = readFileSync(new URL('../../frontend/src/styles/tokens.css', import.meta.url), 'utf8');

const style = `${tokens}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: var(--size)/1.5 var(--sans); }
header { display: flex; gap: var(--space-2); align-items: center; min-height: 3.25rem; padding: var(--space-1) var(--space-4); border-bottom: 1px solid var(--line); background: var(--surface); font-size: var(--size-large); font-weight: 650; letter-spacing: -0.01em; }
svg { width: 1.5rem; height: 1.5rem; fill: none; stroke: var(--accent); stroke-width: 1.3; stroke-linecap: round; stroke-linejoin: round; }
main { width: calc(100% - 2 * var(--space-3)); max-width: 24rem; margin: 10vh auto var(--space-3); padding: var(--space-5); border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); box-shadow: var(--shadow); overflow-wrap: anywhere; }
h1 { margin: 0 0 var(--space-1); font-size: 1.25rem; }
p { margin: 0 0 var(--space-4); color: var(--muted); }
label { display: block; margin-bottom: var(--space-1); font-weight: 600; }
input, button { width: 100%; min-height: 2.5rem; padding: 0 var(--space-3); border-radius: var(--radius-small); font: inherit; }
input { border: 1px solid var(--line-strong); background: var(--sunken); color: inherit; font-size: 1rem; }
button { margin-top: var(--space-3); border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 500; cursor: pointer; }
button:hover { border-color: var(--accent-strong); background: var(--accent-strong); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
a { display: block; width: max-content; min-height: 1.5rem; margin: var(--space-4) auto 0; color: var(--accent); text-underline-offset: 0.15em; }
small { display: block; margin-top: var(--space-4); padding-top: var(--space-3); border-top: 1px solid var(--line); color: var(--muted); font-size: var(--size-small); }
`;

const submitScript = 'document.forms[0].submit();';

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Returns the content security policy of every page. Browsers apply form-action also to the redirects after a form, so it
 * allows the site, where they end.
 */
export const policy = (site) =>
  [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    `script-src ${hash(submitScript)}`,
    'img-src data:',
    `form-action 'self' ${site}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text) => String(text).replace(/[&<>"']/g, (character) => entities[character]);

const themes = ['light', 'dark'];

/** Returns a page. theme is the theme of the console. Without one, the page follows the theme of the system. */
const page = (title, body, theme) => `<!doctype html>
<html lang="en"${themes.includes(theme) ? ` data-theme="${theme}"` : ''}>
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)} – Sallyport</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <header>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 14V7.5a5 5 0 0 1 10 0V14zM6.4 11V6.6M5 8l1.4-1.5L7.8 8M9.6 6.6V11M8.2 9.6l1.4 1.5L11 9.6"/></svg>
      Sallyport
    </header>
    <main>
      <h1>${escaped(title)}</h1>
      ${body}
    </main>
  </body>
</html>
`;

/** Returns a link to the console. */
const back = (site, text = 'Back to the console') => `<a href="${escaped(site)}/">${text}</a>`;

/** Returns the login page. login_hint is the name that the client suggests. */
export const loginPage = (action, site, { login_hint: hint, theme }) =>
  page(
    'Sign in',
    `<p>Enter any name.</p>
      <form method="post" action="${escaped(action)}">
        <label for="login">Name</label>
        <input id="login" name="login" value="${escaped(hint ?? '')}" required maxlength="128" autofocus autocomplete="username" autocapitalize="none" spellcheck="false">
        <button type="submit">Sign in</button>
      </form>
      ${back(site)}
      <small>For development on this machine only. There is no list of users and no password.</small>`,
    theme,
  );

const logout = '<input type="hidden" name="logout" value="yes">';

/** Returns the page on which the user confirms the sign-out or goes back to the site. form is the provider's form. */
export const confirmLogoutPage = (form, user, site) =>
  page(
    'Sign out?',
    `<p>A page asks to sign out ${escaped(user)}.</p>
      ${form.replace('</form>', `${logout}<button type="submit">Sign out</button></form>`)}
      ${back(site, 'Stay signed in')}`,
  );

/** Returns a page that submits the sign-out immediately. form is the provider's form, with the id op.logoutForm. */
export const logoutPage = (form) =>
  page(
    'Sign out',
    `${form.replace('</form>', `${logout}</form>`)}
      <noscript><button type="submit" form="op.logoutForm">Sign out</button></noscript>
      <script>${submitScript}</script>`,
  );

/** Returns a page with a text and a link to the console. */
export const messagePage = (title, text, site) => page(title, `<p>${escaped(text)}</p>\n      ${back(site)}`);
