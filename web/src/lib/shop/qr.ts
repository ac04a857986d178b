/** An SVG text as the address of an image. As an image it can run no script and load nothing. */
export const svgImage = (svg: string): string => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
