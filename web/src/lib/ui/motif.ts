// Drawings for things without a picture: each art field has its own figure, and each thing its own arrangement.

/** A number from a text, the same every time. */
export function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

export interface Shape {
  d: string;
  /** Filled with the brand's soft colour, or drawn as a line in the brand's own. */
  soft: boolean;
}

const circle = (x: number, y: number, r: number) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const box = (x: number, y: number, w: number, h: number) => `M${x} ${y}h${w}v${h}h${-w}Z`;

/** The shapes of one thing on a 100 × 100 ground. */
export function motif(seed: string, field: string): Shape[] {
  const h = hash(seed);
  const pick = (n: number, from: number, to: number) => from + ((h >>> (n * 5)) & 31) * ((to - from) / 31);
  const [a, b, c] = [pick(0, 0, 1), pick(1, 0, 1), pick(2, 0, 1)];
  switch (field.split('.')[0]) {
    case 'visual':
      return [
        { d: box(14 + a * 22, 16 + b * 16, 44, 44), soft: true },
        { d: circle(56 + b * 14, 56 + c * 12, 22), soft: false },
      ];
    case 'stage':
      return [40, 29, 18].map((r, i) => {
        const x = 42 + a * 16 + i * (b - 0.5) * 8;
        return { d: `M${x - r} ${74 + c * 4}a${r} ${r} 0 0 1 ${2 * r} 0Z`, soft: i === 0 };
      });
    case 'word':
      return Array.from({ length: 6 }, (_, i) => {
        const width = 24 + ((h >>> (i * 4)) & 15) * 2.6;
        return i % 3 === 0 ? { d: box(18, 23 + i * 9.5, width, 8), soft: true } : { d: `M18 ${27 + i * 9.5}h${width}`, soft: false };
      });
    case 'film':
      return [
        { d: box(12, 26 + a * 10, 76, 42), soft: true },
        ...[0, 1, 2].map((i) => ({ d: box(20 + i * 22, 34 + a * 10, 16, 26), soft: false })),
      ];
    default:
      return [
        { d: `M12 44 22 ${24 + a * 6}H78L88 44a9.5 9.5 0 0 1-19 0 9.5 9.5 0 0 1-19 0 9.5 9.5 0 0 1-19 0 9.5 9.5 0 0 1-19 0Z`, soft: true },
        { d: `M20 58V84H80V58M${40 + b * 8} 84V66H${56 + c * 6}V84`, soft: false },
      ];
  }
}
