// The pages of the sign-in. They load no other file, and their content security policy
// allows only the style and the script of this file.
import { createHash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #1d2129; --dim: #5b6472; --line: #c9ced6; --accent: #2456c9; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --card: #1e232b; --text: #e8eaee; --dim: #a0a9b6; --line: #434b58; --accent: #7ea2ff; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 22rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.375rem; }
p { margin: 0 0 1.5rem; color: var(--dim); }
label { display: block; margin-bottom: .375rem; font-weight: 600; }
input, button { width: 100%; min-height: 2.75rem; padding: 0 .75rem; border-radius: .375rem; font: inherit; }
input { border: 1px solid var(--line); background: var(--page); color: inherit; }
button { margin-top: 1rem; border: 0; background: var(--accent); color: var(--card); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
p:last-child { margin: 0; }
a { display: block; margin-top: 1.25rem; color: var(--accent); text-align: center; }
small { display: block; margin-top: 1.5rem; color: var(--dim); }
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

const page = (title, body) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>${escaped(title)}</h1>
      ${body}
    </main>
  </body>
</html>
`;

/** Returns the login page. hint is the name that the client suggests. */
export const loginPage = (action, hint) =>
  page(
    'Sign in',
    `<p>Any name will do.</p>
      <form method="post" action="${escaped(action)}">
        <label for="login">Name</label>
        <input id="login" name="login" value="${escaped(hint ?? '')}" required maxlength="128" autofocus autocomplete="username" autocapitalize="none" spellcheck="false">
        <button type="submit">Sign in</button>
      </form>
      <small>For development on this machine only. Users are not looked up and there is no password.</small>`,
  );

const logout = '<input type="hidden" name="logout" value="yes">';

/** Returns the page on which the user confirms the sign-out or goes back to the site. form is the provider's form. */
export const confirmLogoutPage = (form, user, site) =>
  page(
    'Sign out?',
    `<p>A page asks to sign out ${escaped(user)}.</p>
      ${form.replace('</form>', `${logout}<button type="submit">Sign out</button></form>`)}
      <a href="${escaped(site)}/">Stay signed in</a>`,
  );

/** Returns a page that submits the sign-out immediately. form is the provider's form, with the id op.logoutForm. */
export const logoutPage = (form) =>
  page(
    'Sign out',
    `${form.replace('</form>', `${logout}</form>`)}
      <noscript><button type="submit" form="op.logoutForm">Sign out</button></noscript>
      <script>${submitScript}</script>`,
  );

/** Returns a page with a text. */
export const messagePage = (title, text) => page(title, `<p>${escaped(text)}</p>`);
