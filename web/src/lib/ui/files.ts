/** A file on its way, or there. */
export interface Upload {
  key: string;
  name: string;
  size: number;
  /** Share that has been sent, 0 to 1. */
  sent: number;
  error?: string;
}

type Why = 'size' | 'empty' | 'type';

/** Which files may go, and why the others may not. */
export function refusedFiles(files: readonly File[], accept: readonly string[], maxBytes: number) {
  const good: File[] = [];
  const bad: { file: File; why: Why }[] = [];
  for (const file of files) {
    const why: Why | undefined = file.size === 0 ? 'empty' : file.size > maxBytes ? 'size' : accept.includes(file.type) ? undefined : 'type';
    if (why) bad.push({ file, why });
    else good.push(file);
  }
  return { good, bad };
}
