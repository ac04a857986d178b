// Whether everybody can use a screen as it stands: axe in both colour schemes on a narrow and a wide window, and no
// sideways scrolling.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const WIDTHS = [320, 1280];
const SCHEMES = ['light', 'dark'] as const;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Throws with every finding, named by window and scheme. The window is as before afterwards. */
export async function looks(page: Page, what: string, widths = WIDTHS): Promise<void> {
  const before = page.viewportSize();
  const all: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await drawn(page);
      const found = [...(await findings(page)), ...(await sideways(page, width))];
      all.push(...found.map((finding) => `${width} px, ${colorScheme}: ${finding}`));
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
  if (all.length > 0) throw new Error(`${what} (${page.url()}):\n  ${all.join('\n  ')}`);
}

/** Until what follows a change of window or scheme is drawn. */
const drawn = (page: Page) => page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

/** Runs axe where it stands. Loading it anew for every look, as its own runner does, takes most of a walk's time. */
async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate((tags) => (window as unknown as { axe: typeof axe }).axe.run({ runOnly: tags, resultTypes: ['violations'] }), RULES);
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ')}`));
}

async function sideways(page: Page, width: number): Promise<string[]> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return wide > width ? [`the page is ${wide} px wide`] : [];
}
