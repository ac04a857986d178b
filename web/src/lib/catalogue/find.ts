import type { SearchResponse } from '#gen/kulturtorg/search/v1/search_pb.ts';
import { search } from '../api/search.ts';
import { activeFilters, hrefOf, requestOf, skips, withFilter, withoutFilters, type Query } from './query.ts';

/** A shorter or wider search that finds something. */
export interface Way {
  query: Query;
  /** The filter that it drops; none: all of them. */
  dropped?: { filter: string; value: string };
  count: bigint;
}

export interface Found {
  /** What was asked for. */
  query: Query;
  answer: SearchResponse;
  /** Where nothing was found: what would find most. */
  way?: Way;
}

const tokens = new Map<string, string>();
const placeOf = (query: Query, language: string) => `${language} ${hrefOf(query)}`;

let begun: { place: string; found: Promise<Found> } | undefined;

/** Begins a search while the page is still on its way; `find` for the same query then takes it over. */
export function beginFinding(query: Query, language: string): void {
  begun = { place: placeOf(query, language), found: find(query, language, new AbortController().signal) };
  // Shown where it is awaited.
  begun.found.catch(() => undefined);
}

let left: { place: string; found: Found } | undefined;

/** Keeps what stands on the page while its reader looks at one of the results. */
export function keep(found: Found, language: string): void {
  left = { place: placeOf(found.query, language), found };
}

/** What was kept, if it answers this query. */
export const kept = (query: Query, language: string): Found | undefined => (left?.place === placeOf(query, language) ? left.found : undefined);

/** One page of what a query finds. */
export async function find(query: Query, language: string, signal: AbortSignal): Promise<Found> {
  const before = begun;
  begun = undefined;
  if (before?.place === placeOf(query, language)) return before.found;
  const request = requestOf(query, language);
  const pageToken = query.page === 1 ? '' : await tokenOf(query, language, signal);
  if (pageToken === undefined) return find({ ...query, page: 1 }, language, signal);
  const answer = await search.search({ ...request, pageToken }, { signal });
  if (answer.nextPageToken) tokens.set(placeOf({ ...query, page: query.page + 1 }, language), answer.nextPageToken);
  const way = answer.totalSize === 0n ? await wayOut(query, language, signal) : undefined;
  return { query, answer, way };
}

/** The token of a page: known from the page before, or found by skipping there. Nothing: there is no such page. */
async function tokenOf(query: Query, language: string, signal: AbortSignal): Promise<string | undefined> {
  const known = tokens.get(placeOf(query, language));
  if (known) return known;
  const request = requestOf(query, language);
  let pageToken = '';
  for (const pageSize of skips(query.page)) {
    ({ nextPageToken: pageToken } = await search.search({ ...request, pageSize, pageToken }, { signal }));
    if (!pageToken) return undefined;
  }
  return pageToken;
}

/** Which filter empties a search: the one without which most is found. */
async function wayOut(query: Query, language: string, signal: AbortSignal): Promise<Way | undefined> {
  const active = activeFilters(query);
  const tries: Omit<Way, 'count'>[] = active.map((dropped) => ({ dropped, query: withFilter(query, dropped.filter, dropped.value, false) }));
  if (active.length > 1) tries.push({ query: withoutFilters(query) });
  const ways = await Promise.all(
    tries.slice(0, 8).map(async (way) => {
      const { totalSize } = await search.search({ ...requestOf(way.query, language), pageSize: 1 }, { signal });
      return { ...way, count: totalSize };
    }),
  );
  const helping = ways.filter((way) => way.count > 0n);
  const single = helping.filter((way) => way.dropped).sort((a, b) => Number(b.count - a.count))[0];
  return single ?? helping[0];
}
