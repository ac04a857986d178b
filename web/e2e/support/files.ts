// Files that people upload, made on the spot: real bytes of the kind that they say they are.
import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';

/** As a file chooser takes it. */
export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** One page that says `text` (letters of ASCII only). */
export function pdf(name: string, text: string): Upload {
  const words = `BT /F1 18 Tf 72 760 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${words.length} >>\nstream\n${words}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const places = objects.map((object, i) => {
    const place = body.length;
    body += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, '0')} 00000 n \n`;
  });
  const index = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}`;
  const end = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(body + index + end, 'latin1') };
}

/** Restless spots, encoded by the browser. A side of 800 makes about two megabytes of PNG. */
export async function picture(page: Page, name: string, side = 240): Promise<Upload> {
  const mimeType = name.endsWith('.png') ? 'image/png' : 'image/jpeg';
  const address = await page.evaluate(
    ({ side, mimeType }) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = side;
      const brush = canvas.getContext('2d');
      const image = new ImageData(side, side);
      for (let row = 0; row < side; row += 1) crypto.getRandomValues(image.data.subarray(row * side * 4, (row + 1) * side * 4));
      for (let alpha = 3; alpha < image.data.length; alpha += 4) image.data[alpha] = 255;
      brush?.putImageData(image, 0, 0);
      return canvas.toDataURL(mimeType);
    },
    { side, mimeType },
  );
  return { name, mimeType, buffer: Buffer.from(address.slice(address.indexOf(',') + 1), 'base64') };
}
