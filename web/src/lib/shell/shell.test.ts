import { describe, expect, it } from 'vitest';
import { nextPath } from '../session/guard.ts';
import { pieces } from './links.ts';
import { publicNav, workNav } from './nav.ts';

const here = 'http://localhost:8080';

describe('links in a mail', () => {
  it('are followed only to this site', () => {
    expect(pieces(`Öppna ${here}/confirm?token=a_b-c. Eller https://evil.example/confirm`, here)).toEqual([
      { text: 'Öppna ' },
      { text: `${here}/confirm?token=a_b-c`, path: '/confirm?token=a_b-c' },
      { text: '. Eller https://evil.example/confirm' },
    ]);
    expect(pieces('http://127.0.0.1:8080/guidance#t', here)[0]?.path).toBe('/guidance#t');
    expect(pieces('http://localhost:9999/x', here)[0]?.path).toBeUndefined();
    expect(pieces('http://localhost:8080@evil.example/x', here)[0]?.path).toBeUndefined();
    expect(pieces('javascript:alert(1)', here)).toEqual([{ text: 'javascript:alert(1)' }]);
  });
});

describe('the way back after signing in', () => {
  const next = (to: string) => nextPath(new URL(`${here}/sign-in?next=${encodeURIComponent(to)}`), '/');

  it('stays on this site', () => {
    expect(next('/review?tab=mine#x')).toBe('/review?tab=mine#x');
    for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '']) expect(next(to), to).toBe('/');
  });
});

describe('the menus', () => {
  // A page may be a redirection alone, which is a +page.ts.
  const files = Object.keys(import.meta.glob('../../routes/**/+page.{svelte,ts}'));
  const pages = new Set(files.map((p) => p.slice('../../routes'.length).replace(/\/\+page\.\w+$/, '')));

  it('lead to pages that exist', () => {
    expect([...publicNav, ...workNav].map((e) => e.href).filter((href) => !pages.has(href))).toEqual([]);
  });
});
