// Takes the pictures of the README from a running demo region: `make run` in one terminal, `npm run screenshots` in another.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const base = process.env.KT_GATEWAY_URL ?? 'http://127.0.0.1:8080';
const password = 'kulturtorg-demo';
const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));

/** The plan of a hall with numbered seats. */
async function seats(page) {
  const found = await page.request.post(`${base}/kulturtorg.ticketing.v1.TicketingService/ListPerformances`, { data: {} });
  const { performances } = await found.json();
  const { id } = performances.find((p) => p.numbered);
  await page.goto(`${base}/performances/${id}/seats?view=plan`);
  await page.locator('main h1').waitFor();
  await page.waitForTimeout(1_000);
  await page.mouse.wheel(0, 620);
}

const first = (page, selector) => page.locator(selector).first();
const shots = [
  { name: 'start', path: '/' },
  { name: 'catalogue', path: '/search?q=dans' },
  { name: 'producer', path: '/search?kind=KIND_PRODUCER&q=asfaltsligan', then: async (page) => first(page, 'main article a').click() },
  { name: 'catalogue-phone', path: '/search?q=dans', width: 390, scheme: 'dark' },
  { name: 'gathering-phone', path: '/gatherings', width: 390, then: async (page) => first(page, 'main article a').click() },
  { name: 'seats', path: '/performances', then: seats },
  { name: 'review', path: '/review', as: 'agneta.frodeback@example.org' },
  { name: 'house', path: '/house', as: 'britta.salin@example.org' },
  { name: 'figures', path: '/admin?tab=numbers', as: 'gunilla.rosendal@example.org' },
  { name: 'events', path: '/stream?start=beginning', as: 'petra.sifferlund@example.org' },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});

async function signIn(page, email) {
  await page.goto(`${base}/sign-in`);
  await page.locator('#email').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** Until nothing is fetched and no skeleton is left. */
async function settle(page) {
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
  await page.locator('main h1').waitFor();
}

await mkdir(folder, { recursive: true });
for (const { name, path, as, width = 1280, scheme = 'light', then } of shots) {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    locale: 'sv-SE',
    timezoneId: 'Europe/Stockholm',
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  if (as) await signIn(page, as);
  await page.goto(`${base}${path}`);
  await settle(page);
  if (then) {
    await then(page);
    await settle(page);
  }
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' });
  console.log(`${name}.png`);
  await context.close();
}
await browser.close();
