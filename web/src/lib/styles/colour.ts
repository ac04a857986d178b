// WCAG 2 contrast, and how a region's two colours reach the page.

/** Parts of `#rrggbb`, or nothing. */
export function channels(hex: string): [number, number, number] | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return found ? [parseInt(found[1]!, 16), parseInt(found[2]!, 16), parseInt(found[3]!, 16)] : undefined;
}

function luminance(hex: string): number {
  const parts = channels(hex);
  if (!parts) throw new Error(`${hex} is no colour of the form #rrggbb`);
  const [r, g, b] = parts.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Gives the page the region's colours. Through CSSOM, as the content policy forbids style attributes in markup. */
export function setBrand(root: HTMLElement, light: string, dark: string): void {
  if (channels(light)) root.style.setProperty('--brand-light', light);
  if (channels(dark)) root.style.setProperty('--brand-dark', dark);
}
