// What a page must never do with what it is trusted with.
import { expect } from 'vitest';
import { PASSWORD } from './support/calls.ts';
import { newAddress } from './support/names.ts';
import { linkIn, walk } from './support/people.ts';

const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=1</script><b>fet</b>';

walk('nothing that signs in is kept where scripts can read it', async ({ people }) => {
  const visitor = await people.arrives('the visitor');
  const tokens = new Set<string>();
  visitor.page.on('request', (request) => {
    const sent = request.headers()['authorization'];
    if (sent) tokens.add(sent.replace('Bearer ', ''));
  });
  await visitor.signIn('maj.rinkeby@example.org');
  await visitor.go('/my/registrations');
  expect(tokens.size).toBeGreaterThan(0);

  const readable = await visitor.page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map((d) => d.name ?? '');
    const caches = await globalThis.caches.keys();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, databases, caches, history.state]);
  });
  for (const token of tokens) expect(readable).not.toContain(token);
  const cookies = await visitor.context.cookies();
  const refresh = cookies.find((cookie) => cookie.name === 'kt_refresh');
  expect(refresh).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(readable).not.toContain(refresh?.value);
  expect(readable).not.toContain(PASSWORD);
});

walk('the content policy allows no inline script, style or foreign host', async ({ people }) => {
  const visitor = await people.arrives('the visitor');
  await visitor.go('/');
  const policy = await visitor.page.locator('meta[http-equiv="content-security-policy"]').getAttribute('content');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/'unsafe-inline'|'unsafe-eval'|https?:|\*/);

  visitor.problems.expect(/console: .*Content Security Policy/);
  const ran = await visitor.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
    return 'ran' in globalThis;
  });
  expect(ran).toBe(false);
});

walk('what people write is shown as they wrote it, never as HTML', async ({ people }) => {
  const buyer = await people.arrives('the buyer');
  const email = newAddress('markup');
  await buyer.go(`/search?q=${encodeURIComponent(MARKUP)}`);
  expect(await buyer.page.getByRole('searchbox').inputValue()).toBe(MARKUP);
  await buyer.go('/search?kind=KIND_PRODUCER&q=asfaltsligan');
  await buyer.page.locator('main article a').first().click();
  await buyer.link('Skicka förfrågan').first().click();
  await buyer.page.getByRole('radio').first().check();
  await buyer.field('Meddelande').fill(MARKUP);
  await buyer.field('Ditt namn').fill(MARKUP);
  await buyer.field('E-postadress').fill(email);
  await buyer.button('Skicka förfrågan').click();
  await buyer.reads('Ett steg kvar: öppna mejlet');
  await buyer.go(linkIn(await buyer.mail(email, 'Bekräfta din')));
  await buyer.sees('Bekräfta och skicka');
  await buyer.sees(MARKUP);
  expect(await buyer.page.locator('main img[src="x"], main script, main b').count()).toBe(0);
  await buyer.go(`/dev/mail?to=${email}`);
  await buyer.page.locator('summary').first().click();
  expect(await buyer.page.locator('main img[src="x"], main script').count()).toBe(0);
});
