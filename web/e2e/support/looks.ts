// Whether everybody can use a screen as it stands: axe in both colour schemes on a narrow and a wide window, and no
// sideways scrolling.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const WIDTHS = [320, 1280];
const SCHEMES = ['light', 'dark'] as const;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Throws with every finding, named by window and scheme. The window is as before afterwards. */
export async function looks(page: Page, what: string): Promise<void> {
  const before = page.viewportSize();
  const findings: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const found = [...(await axe(page)), ...(await sideways(page, width))];
      findings.push(...found.map((finding) => `${width} px, ${colorScheme}: ${finding}`));
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
  if (findings.length > 0) throw new Error(`${what} (${page.url()}):\n  ${findings.join('\n  ')}`);
}

async function axe(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ')}`));
}

async function sideways(page: Page, width: number): Promise<string[]> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return wide > width ? [`the page is ${wide} px wide`] : [];
}
