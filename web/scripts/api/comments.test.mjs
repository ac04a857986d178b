import { describe, expect, it } from 'vitest';
import { pieces, withErrors } from './comments.mjs';

const errors = (...comment) => withErrors('Demo', comment).errors;

describe('a comment of a method', () => {
  it('ends with the errors that it names', () => {
    expect(withErrors('Demo', ['Reads it. May be repeated. NOT_FOUND: there is none. ABORTED (STALE): somebody was faster.'])).toEqual({
      text: ['Reads it. May be repeated.'],
      errors: [
        { code: 'NOT_FOUND', reasons: [], when: 'there is none' },
        { code: 'ABORTED', reasons: ['STALE'], when: 'somebody was faster' },
      ],
    });
  });

  it('may name several reasons of one code, some without words', () => {
    expect(errors('FAILED_PRECONDITION (TOO_FEW): more are needed; (CANCELLED_BEFORE); (CLOSED, OVER): it is late.')).toEqual([
      { code: 'FAILED_PRECONDITION', reasons: ['TOO_FEW'], when: 'more are needed' },
      { code: 'FAILED_PRECONDITION', reasons: ['CANCELLED_BEFORE'], when: '' },
      { code: 'FAILED_PRECONDITION', reasons: ['CLOSED', 'OVER'], when: 'it is late' },
    ]);
  });

  it('keeps brackets and semicolons that are words of an error', () => {
    expect(errors('NOT_FOUND: none (or not yours); look again.')).toEqual([{ code: 'NOT_FOUND', reasons: [], when: 'none (or not yours); look again' }]);
  });

  it('is refused when an error hides in its sentences', () => {
    expect(() => withErrors('Demo', ['Reads it, NOT_FOUND if there is none.'])).toThrow('Demo: write how it fails at the end of its comment: "NOT_FOUND (REASON): when."');
  });
});

describe('code in a text', () => {
  it('leads to what it names on the page', () => {
    const link = (name) => (name === 'Search' ? '#search' : undefined);
    expect(pieces('`Search` takes `query`.', link)).toEqual([{ code: 'Search', to: '#search' }, ' takes ', { code: 'query' }, '.']);
  });
});
