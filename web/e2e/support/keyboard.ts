// Going through a screen with the keyboard alone. Whatever takes the focus on the way must show it and not lie hidden.
import type { Page } from 'playwright-core';

/** What has the focus, as a person takes it in. */
export interface Focused {
  /** Its role or tag and its text, for messages and to look for. */
  what: string;
  /** Something tells it from what has no focus. */
  shown: boolean;
  /** Some of it lies in the window with nothing above it. */
  inSight: boolean;
}

export const focused = (page: Page): Promise<Focused> =>
  page.evaluate(async () => {
    // The window follows the focus with the next picture.
    await new Promise(requestAnimationFrame);
    const at = document.activeElement ?? document.body;
    const named = at.getAttribute('aria-label') ?? (at as HTMLInputElement).labels?.[0]?.textContent ?? at.textContent ?? '';
    const style = getComputedStyle(at);
    const clear = (colour: string) => colour === 'transparent' || /, 0\)$/.test(colour);
    const outlined = (e: Element | null): boolean => {
      if (!e) return false;
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(e);
      // A card shows the focus of the link in it.
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !clear(outlineColor)) || outlined(e.parentElement);
    };
    const ring = at.querySelector('.ring');
    const box = at.getBoundingClientRect();
    const points = [0.02, 0.5, 0.98].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [box.left + box.width * x, box.top + box.height * y] as const));
    const labels = [...((at as HTMLInputElement).labels ?? [])];
    const hit = ([x, y]: readonly [number, number]) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (at.contains(top) || labels.some((label) => label.contains(top)) || (top.contains(at) && top !== document.documentElement && top !== document.body));
    };
    return {
      what: `${at.getAttribute('role') ?? at.tagName.toLowerCase()} ${named.replace(/\s+/g, ' ').trim()}`.trim(),
      shown: outlined(at) || style.boxShadow !== 'none' || style.backgroundColor === 'rgb(255, 212, 59)' || (ring !== null && getComputedStyle(ring).stroke !== 'none'),
      inSight: points.some(hit),
    };
  });

/** Why the focus cannot be seen, if so. */
export const fault = ({ what, shown, inSight }: Focused): string => (!inSight ? `out of sight: ${what}` : !shown ? `nothing shows the focus: ${what}` : '');

/** Presses Tab until this has the focus, and says what had it on the way. */
export async function tabTo(page: Page, wanted: RegExp, most = 120): Promise<Focused[]> {
  const way: Focused[] = [];
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    // Between the last stop and the first lies the browser's own bar.
    if (await page.evaluate(() => document.activeElement === document.body)) continue;
    const now = await focused(page);
    way.push(now);
    if (fault(now)) throw new Error(`${page.url()}: ${fault(now)}`);
    if (wanted.test(now.what)) return way;
  }
  throw new Error(`${page.url()}: Tab does not lead to ${wanted}, but to:\n  ${way.map((f) => f.what).join('\n  ')}`);
}

/** Everything that Tab leads to in the main part of the screen, until the footer or the most of it. */
export async function everyStop(page: Page, most: number): Promise<Focused[]> {
  const way: Focused[] = [];
  await page.evaluate(() => document.getElementById('main')?.focus());
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    if (!(await page.evaluate(() => document.querySelector('main')?.contains(document.activeElement) ?? false))) break;
    way.push(await focused(page));
  }
  return way;
}
