import { afterEach, describe, expect, it, vi } from 'vitest';
import { newRequestId, Submission } from './request.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

afterEach(() => vi.unstubAllGlobals());

describe('a submission', () => {
  it('keeps its id over retries of the same content and changes it with the content', () => {
    const submission = new Submission();
    const first = submission.id({ name: 'Åsa', size: 3n });
    expect(first).toMatch(uuid);
    expect(submission.id({ name: 'Åsa', size: 3n })).toBe(first);
    expect(submission.id({ name: 'Åsa', size: 4n })).not.toBe(first);
    const last = submission.id({ name: 'Åsa', size: 4n });
    submission.done();
    expect(submission.id({ name: 'Åsa', size: 4n })).not.toBe(last);
  });

  it('has an id where randomUUID is missing too', () => {
    const { crypto } = globalThis;
    vi.stubGlobal('crypto', { getRandomValues: (into: Uint8Array) => crypto.getRandomValues(into) });
    expect(newRequestId()).toMatch(uuid);
  });
});
