import { describe, expect, it } from 'vitest';
import { Kind, SearchRequest_Order } from '#gen/kulturtorg/search/v1/search_pb.ts';
import { activeFilters, hrefOf, readQuery, requestOf, skips, withFilter, withoutFilters } from './query.ts';
import { resultHref } from './results.ts';

const read = (query: string) => readQuery(new URLSearchParams(query));

describe('the catalogue’s address', () => {
  it('holds the whole state, and nothing that is usual', () => {
    for (const query of ['', 'q=dans+%26+ton', 'q=dans&kind=KIND_OFFER&field=stage.dance&for=primary&place=1780&place=1715&type=workshop&sort=name&page=3']) {
      expect(hrefOf(read(query))).toBe(query ? `/search?${query}` : '/search');
    }
  });

  it('is read without trust', () => {
    expect(read('page=-1&sort=best&place=1780&place=1780')).toMatchObject({ page: 1, order: 'rank', chosen: { municipalities: ['1780'] } });
    expect(requestOf(read('kind=KIND_SECRET&kind=KIND_UNSPECIFIED&kind=KIND_OFFER'), 'sv').kinds).toEqual([Kind.OFFER]);
    expect(read(`q=${'x'.repeat(300)}`).text).toHaveLength(200);
  });

  it('begins at the first page after every other choice, and keeps the words when filters go', () => {
    const query = read('q=dans&place=1780&page=4');
    expect(hrefOf(withFilter(query, 'municipalities', '1715', true))).toBe('/search?q=dans&place=1780&place=1715');
    expect(hrefOf(withFilter(query, 'municipalities', '1780', false))).toBe('/search?q=dans');
    expect(hrefOf(withoutFilters(query))).toBe('/search?q=dans');
    expect(activeFilters(query)).toEqual([{ filter: 'municipalities', value: '1780' }]);
  });

  it('orders as asked', () => {
    expect(requestOf(read('sort=start'), 'sv').order).toBe(SearchRequest_Order.START);
  });
});

it('a page is reached in steps that the service allows', () => {
  expect(skips(1)).toEqual([]);
  expect(skips(2)).toEqual([24]);
  expect(skips(5)).toEqual([96]);
  expect(skips(7)).toEqual([96, 48]);
  expect(skips(9)).toEqual([96, 96]);
});

it('results lead to their own pages', () => {
  const result = { id: 'i', profileId: 'p' };
  expect([Kind.PRODUCER, Kind.OFFER, Kind.GATHERING, Kind.PERFORMANCE].map((kind) => resultHref({ ...result, kind }))).toEqual([
    '/producers/i',
    '/producers/p/offers/i',
    '/gatherings/i',
    '/performances/i',
  ]);
});
