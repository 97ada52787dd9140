import type { Parameters } from './clientAuthentication.ts';
import { CHOSEN_USER } from './authorizeEndpoint.ts';
import type { Application, User } from './records.ts';

/** The sign-in page of the local Entra: a button for each user, and no password. */
export function signInPage(request: { application: Application; users: readonly User[]; newScopes: readonly string[]; loginHint: string | undefined; action: string; parameters: Parameters }): string {
  const hidden = Object.entries(request.parameters)
    .filter(([name]) => name !== CHOSEN_USER && name !== 'prompt')
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('\n');
  const hinted = (user: User): number => Number(user.userPrincipalName === request.loginHint);
  const users = [...request.users]
    .sort((a, b) => hinted(b) - hinted(a))
    .map((user) => `<p><button name="${CHOSEN_USER}" value="${escape(user.userPrincipalName)}"><strong>${escape(user.displayName)}</strong> <span>${escape(user.userPrincipalName)}</span></button></p>`)
    .join('\n');
  const asks =
    request.newScopes.length === 0
      ? ''
      : `<p>${escape(request.application.displayName)} asks to act for you with these permissions; signing in grants them:</p>\n<ul>${request.newScopes.map((scope) => `<li>${escape(scope)}</li>`).join('')}</ul>`;
  return page(
    'Sign in to the local Entra',
    `<p>This is a stand-in for Microsoft Entra on this machine. Its users have no passwords: choose one to sign in to ${escape(request.application.displayName)}.</p>
${asks}
<form method="post" action="${escape(request.action)}">
${hidden}
${users}
</form>`,
  );
}

/** What the browser shows when an authorization request has nowhere to go back to. */
export function refusalPage(message: string): string {
  return page('The local Entra cannot sign you in', `<p>${escape(message)}</p>`);
}

/** In the page itself: it has to be whole without another request. Follows the reader's light or dark setting. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; background: light-dark(#f3f4f6, #16181d); }
main { box-sizing: border-box; width: min(30rem, 100vw); padding: 2rem; background: light-dark(#fff, #21242b); border-top: 4px solid light-dark(#b45309, #f59e0b); }
h1 { margin: 0 0 1rem; font-size: 1.4rem; }
button { display: block; box-sizing: border-box; width: 100%; padding: .7rem 1rem; text-align: left; font: inherit; cursor: pointer;
  border: 1px solid light-dark(#c5c9d1, #474c57); border-radius: 4px; background: none; color: inherit; }
button:hover, button:focus-visible { border-color: light-dark(#1d4ed8, #93c5fd); outline: 2px solid light-dark(#1d4ed8, #93c5fd); outline-offset: 1px; }
button span { display: block; font-size: .85rem; color: light-dark(#4b5563, #b3b9c4); overflow-wrap: anywhere; }
form p { margin: .6rem 0; }
`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${STYLE}</style></head>
<body><main><h1>${title}</h1>
${body}
</main></body></html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
