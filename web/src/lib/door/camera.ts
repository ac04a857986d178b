// Reads QR codes from the camera, with what the browser has or else with our own copy of ZXing.

export type CameraProblem = 'denied' | 'none' | 'busy' | 'insecure' | 'failed';

export class CameraError extends Error {
  constructor(readonly problem: CameraProblem) {
    super(problem);
  }
}

type Read = (video: HTMLVideoElement) => Promise<string[]>;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

async function nativeReader(): Promise<Read | undefined> {
  const Native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!Native) return undefined;
  const formats = await Native.getSupportedFormats().catch((): string[] => []);
  if (!formats.includes('qr_code')) return undefined;
  const detector = new Native({ formats: ['qr_code'] });
  return async (video) => (await detector.detect(video)).map((found) => found.rawValue);
}

/** The longer side of the picture that is searched; more only takes longer. */
const SIDE = 800;

async function ownReader(): Promise<Read> {
  const [{ prepareZXingModule, readBarcodes }, { default: file }] = await Promise.all([
    import('zxing-wasm/reader'),
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ]);
  // Its own address for this file is on another host.
  await prepareZXingModule({ overrides: { locateFile: () => file }, fireImmediately: true });
  const canvas = document.createElement('canvas');
  const picture = canvas.getContext('2d', { willReadFrequently: true });
  if (!picture) throw new CameraError('failed');
  return async (video) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    picture.drawImage(video, 0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(picture.getImageData(0, 0, canvas.width, canvas.height), { formats: ['QRCode'], maxNumberOfSymbols: 1 });
    return found.map((f) => f.text);
  };
}

const problems: Record<string, CameraProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

async function openCamera(): Promise<MediaStream> {
  if (!window.isSecureContext) throw new CameraError('insecure');
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('none');
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (reason) {
    throw new CameraError(problems[(reason as DOMException).name] ?? 'failed');
  }
}

/** Shows the camera in `video` and tells of each code that it sees, until `signal` ends it. */
export async function scan(video: HTMLVideoElement, oncode: (text: string) => void, signal: AbortSignal): Promise<void> {
  const stream = await openCamera();
  const end = () => stream.getTracks().forEach((track) => track.stop());
  if (signal.aborted) return end();
  signal.addEventListener('abort', end, { once: true });
  try {
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    const read = (await nativeReader()) ?? (await ownReader());
    while (!signal.aborted) {
      // A camera that was pulled out or taken by another app ends its track.
      if (stream.getVideoTracks()[0]?.readyState === 'ended') throw new CameraError('busy');
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !document.hidden) {
        for (const text of await read(video).catch(() => [])) if (!signal.aborted && text) oncode(text);
      }
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  } catch (reason) {
    if (!signal.aborted) throw reason instanceof CameraError ? reason : new CameraError('failed');
  } finally {
    end();
    video.srcObject = null;
  }
}
