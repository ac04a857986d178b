// What a file is by its first bytes. Names and announced types can say anything.
export type MediaType = 'application/pdf' | 'image/jpeg' | 'image/png';

const starts: [MediaType, number[]][] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
];

export function mediaType(data: Uint8Array): MediaType | undefined {
  return starts.find(([, start]) => start.every((byte, i) => data[i] === byte))?.[0];
}
