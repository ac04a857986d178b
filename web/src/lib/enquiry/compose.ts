// The service takes one text; the form asks for time and place apart, so that they are not forgotten.
export const LONGEST_TEXT = 5000;

/** The parts that were filled in, as one text. */
export function compose(text: string, lines: readonly string[]): string {
  const facts = lines.filter(Boolean).join('\n');
  return [facts, text.trim()].filter(Boolean).join('\n\n');
}

export const tooLong = (text: string) => [...text].length > LONGEST_TEXT;
