// Screens for those who enlarge them, colour them themselves, space their text or stop what moves.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { below, find, free, link, numbered, type Address } from './screens/address.ts';
import { everyStop, fault, focused } from './support/keyboard.ts';
import { walk, type Person } from './support/people.ts';

const producer = link('/search?kind=KIND_PRODUCER', '/producers/*');
const main: Address[] = ['/', '/search', producer, below(producer, '/enquiry'), '/performances', numbered, below(free, '/seats'), '/gatherings', '/guidance', '/sign-up'];

walk('Enlarged four times, nothing that stays in place hides the rest or what has the focus', async ({ people }) => {
  const reader = await people.arrives('a reader at 400 %', { viewport: { width: 320, height: 256 } });
  for (const address of [...main, below(numbered, '/seats')]) {
    await reader.go(await find(address, reader));
    const stops = await everyStop(reader.page, 45);
    expect(stops.map(fault).filter(Boolean), reader.page.url()).toEqual([]);
    expect(await inPlace(reader.page), `${reader.page.url()}: height of what stays in place`).toBeLessThanOrEqual(128);
  }
});

/** How much of the window's height is taken by what stays there, half way down the page. */
const inPlace = (page: Page): Promise<number> =>
  page.evaluate(() => {
    window.scrollTo(0, document.documentElement.scrollHeight / 2);
    const stays = [...document.querySelectorAll('body *')].filter((e) => ['fixed', 'sticky'].includes(getComputedStyle(e).position));
    const heights = stays.map((e) => e.getBoundingClientRect()).map((box) => Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
    return heights.filter((height) => height > 0).reduce((sum, height) => sum + height, 0);
  });

walk('In colours of their own, readers still see where they are, what is chosen and what has the focus', async ({ people }) => {
  const reader = await people.arrives('a reader with forced colours', { forcedColors: 'active' });
  const { page } = reader;
  const paint = (of: string, what: string) => page.locator(of).first().evaluate((e, name) => getComputedStyle(e).getPropertyValue(name), what);
  await reader.go('/performances');
  const ground = await paint('body', 'background-color');
  expect(await paint('header nav a[aria-current]', 'border-bottom-color'), 'the line below the current entry').not.toBe(ground);
  expect(await paint('header nav a:not([aria-current])', 'border-bottom-color'), 'the line below another entry').toBe(ground);

  await reader.go(await find(below(numbered, '/seats'), reader));
  await page.getByRole('link', { name: 'Plan', exact: true }).or(page.getByRole('tab', { name: 'Plan' })).first().click();
  const seat = page.locator('svg [role="checkbox"][aria-checked="false"]:not([aria-disabled="true"])').first();
  await seat.waitFor();
  const before = await seat.locator('.box').evaluate((e) => getComputedStyle(e).fill);
  await seat.click();
  const chosen = page.locator('svg [role="checkbox"][aria-checked="true"]').first();
  expect(await chosen.locator('.box').evaluate((e) => getComputedStyle(e).fill), 'a chosen seat').not.toBe(before);
  await page.keyboard.press('ArrowRight');
  expect((await focused(page)).shown, 'the ring of a seat').toBe(true);
});

walk('Text that readers space wider is not cut off', async ({ people }) => {
  // The page's own policy would refuse the reader's style, which in life comes with the browser.
  const reader = await people.arrives('a reader with wide text', { viewport: { width: 390, height: 800 }, bypassCSP: true });
  for (const address of main) {
    await reader.go(await find(address, reader));
    const before = await cut(reader.page);
    await reader.page.addStyleTag({ content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }' });
    expect((await cut(reader.page)).filter((text) => !before.includes(text)), reader.page.url()).toEqual([]);
    expect(await reader.page.evaluate(() => document.documentElement.scrollWidth), `${reader.page.url()}: width`).toBeLessThanOrEqual(390);
  }
});

/** Texts of which a part lies outside of a box that hides it. What is for the eye alone stands elsewhere in words. */
const cut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('body *')]
      .filter((e) => !e.closest('.visually-hidden') && !['INPUT', 'SELECT', 'TEXTAREA', 'IMG'].includes(e.tagName))
      .filter((e) => ['hidden', 'clip'].includes(getComputedStyle(e).overflowY) && (e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2))
      .map((e) => e.cloneNode(true) as HTMLElement)
      .map((e) => (e.querySelectorAll('[aria-hidden="true"]').forEach((drawn) => drawn.remove()), e.textContent?.trim() ?? ''))
      .filter((text) => text !== ''),
  );

walk('Nothing moves for those who asked for it', async ({ people }) => {
  const reader = await people.arrives('a reader without motion', { reducedMotion: 'reduce' });
  for (const path of ['/', '/search', '/sign-up']) {
    await reader.go(path);
    expect(await moving(reader), path).toEqual([]);
  }
});

const moving = ({ page }: Person): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((e) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(e);
        return transitionDuration.split(', ').some((time) => parseFloat(time) > 0) || animationName !== 'none' || scrollBehavior === 'smooth';
      })
      .map((e) => e.outerHTML.slice(0, 80)),
  );
