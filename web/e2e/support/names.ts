// Names that nobody in the region has, so that walks at the same time find their own things alone.

const LETTERS = 'bdfgklmnprstv';

export const only = (): string => Array.from({ length: 8 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]).join('');

export const named = (title: string): string => `${title} ${only()}`;

/** A mail address that nobody had before. */
export const newAddress = (who: string): string => `${who}.${only()}@walks.example`;
