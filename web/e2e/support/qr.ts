// QR codes as a camera sees them: read from pictures, and held before a browser's camera as a film.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
let ready: Promise<unknown> | undefined;

/** The text of the one QR code on a picture. */
export async function readCode(png: Buffer): Promise<string> {
  ready ??= Promise.resolve(prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(wasmBinary).buffer }, fireImmediately: true }));
  await ready;
  const found = await readBarcodes(Uint8Array.from(png), { formats: ['QRCode'] });
  const [code] = found;
  if (found.length !== 1 || !code?.isValid) throw new Error(`${found.length} codes on the picture`);
  return code.text;
}

const WIDTH = 640;
const HEIGHT = 480;

/** Films a picture on a screen for a browser that was launched with `camera(file)`. */
export async function film(picture: Locator, file: string): Promise<void> {
  const bright = await picture.evaluate(
    async (element, { width, height }) => {
      const image = element as HTMLImageElement;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const paper = canvas.getContext('2d');
      if (!paper) throw new Error('no canvas');
      paper.fillStyle = 'white';
      paper.fillRect(0, 0, width, height);
      const side = height - 60;
      paper.drawImage(image, (width - side) / 2, 30, side, side);
      const { data } = paper.getImageData(0, 0, width, height);
      // Black and white: one channel is the brightness.
      return Array.from({ length: width * height }, (_, i) => data[i * 4] ?? 0);
    },
    { width: WIDTH, height: HEIGHT },
  );
  writeFileSync(file, y4m(Buffer.from(bright)));
}

/** Ten pictures a second, all the same, without colours. */
function y4m(bright: Buffer): Buffer {
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), bright, grey]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`), ...Array.from({ length: 10 }, () => frame)]);
}

/** A browser's camera that sees this film, which may be made later, and whose owner allows it. */
export const camera = (file: string): string[] => [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
];
