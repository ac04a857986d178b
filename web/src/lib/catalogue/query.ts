// The catalogue's state is its address: what is searched for, the filters, the order, the page.
import { Kind, SearchRequest_Order } from '#gen/kulturtorg/search/v1/search_pb.ts';

/** Filters by the names that the service gives their counts, with their names in the address. */
export const filters = { kinds: 'kind', art_fields: 'field', audiences: 'for', municipalities: 'place', terms: 'type' } as const;
export type Filter = keyof typeof filters;
export const filterNames = Object.keys(filters) as Filter[];

export type Order = 'rank' | 'name' | 'start';

export interface Query {
  text: string;
  chosen: Record<Filter, string[]>;
  order: Order;
  page: number;
}

export const PAGE_SIZE = 24;
/** The service gives at most 100 at once; skipping goes in whole pages. */
const SKIP_PAGES = 4;

const orders: Record<Order, SearchRequest_Order> = {
  rank: SearchRequest_Order.UNSPECIFIED,
  name: SearchRequest_Order.NAME,
  start: SearchRequest_Order.START,
};

export function readQuery(params: URLSearchParams | { getAll(name: string): string[]; get(name: string): string | null }): Query {
  const order = params.get('sort');
  const page = Number(params.get('page'));
  return {
    text: (params.get('q') ?? '').slice(0, 200),
    chosen: Object.fromEntries(filterNames.map((f) => [f, [...new Set(params.getAll(filters[f]))]])) as Query['chosen'],
    order: order === 'name' || order === 'start' ? order : 'rank',
    page: Number.isInteger(page) && page > 1 && page <= 1000 ? page : 1,
  };
}

/** The query that leaves nothing out. */
export const everything: Query = readQuery(new URLSearchParams());

/** The address of a query; what is usual is left out. */
export function hrefOf(query: Query, base = '/search'): string {
  const params = new URLSearchParams();
  if (query.text.trim()) params.set('q', query.text);
  for (const filter of filterNames) for (const value of query.chosen[filter]) params.append(filters[filter], value);
  if (query.order !== 'rank') params.set('sort', query.order);
  if (query.page > 1) params.set('page', String(query.page));
  const text = params.toString();
  return text ? `${base}?${text}` : base;
}

/** Another choice begins at its first page. */
export function withFilter(query: Query, filter: Filter, value: string, on: boolean): Query {
  const rest = query.chosen[filter].filter((v) => v !== value);
  return { ...query, page: 1, chosen: { ...query.chosen, [filter]: on ? [...rest, value] : rest } };
}

export const withoutFilters = (query: Query): Query => ({ ...query, page: 1, chosen: { kinds: [], art_fields: [], audiences: [], municipalities: [], terms: [] } });

export const activeFilters = (query: Query) => filterNames.flatMap((filter) => query.chosen[filter].map((value) => ({ filter, value })));

const kindOf = (name: string): Kind | undefined => {
  const value = Kind[name.replace(/^KIND_/, '') as keyof typeof Kind];
  return typeof value === 'number' && value !== 0 ? value : undefined;
};

/** The request of a query, without its page. */
export function requestOf(query: Query, language: string) {
  return {
    query: query.text,
    language,
    kinds: query.chosen.kinds.map(kindOf).filter((k) => k !== undefined),
    artFields: query.chosen.art_fields,
    municipalities: query.chosen.municipalities,
    audiences: query.chosen.audiences,
    terms: query.chosen.terms,
    order: orders[query.order],
    pageSize: PAGE_SIZE,
  };
}

/** How many results to skip at a time to come to a page: tokens are the only way there. */
export function skips(page: number): number[] {
  const before = page - 1;
  const whole = Array.from({ length: Math.floor(before / SKIP_PAGES) }, () => SKIP_PAGES * PAGE_SIZE);
  return before % SKIP_PAGES ? [...whole, (before % SKIP_PAGES) * PAGE_SIZE] : whole;
}
