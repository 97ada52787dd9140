/** What the browser of a person does with an authorization request: opens the sign-in page, chooses a user, and is sent back to the client. */
export async function signInOnPage(authorizationUrl: URL, userName: string): Promise<URLSearchParams> {
  const page = await fetch(authorizationUrl);
  const html = await page.text();
  const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
  if (page.status !== 200 || action === undefined) throw new Error(`no sign-in page, HTTP ${page.status}: ${html}`);
  const form = new URLSearchParams(Object.fromEntries([...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [unescape(name), unescape(value)])));
  const users = [...html.matchAll(/<button name="([^"]+)" value="([^"]+)">/g)].map(([, name = '', value = '']) => ({ name, value: unescape(value) }));
  const chosen = users.find(({ value }) => value === userName);
  if (!chosen) throw new Error(`${userName} is not on the sign-in page: ${users.map(({ value }) => value).join(', ')}`);
  form.set(chosen.name, chosen.value);
  const answer = await fetch(new URL(unescape(action), authorizationUrl), { method: 'POST', body: form, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (answer.status !== 302 || location === null) throw new Error(`no way back, HTTP ${answer.status}: ${await answer.text()}`);
  return new URL(location).searchParams;
}

function unescape(text: string): string {
  return text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
