// Whole lists, page by page. A house's things are few; the bound is against a service that never ends.
import type { Hall, Performance, Production } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { ticketing } from '../api/ticketing.ts';

const MOST_PAGES = 20;

export async function allPages<T>(fetch: (pageToken: string) => Promise<{ items: T[]; nextPageToken: string }>): Promise<T[]> {
  const all: T[] = [];
  let token = '';
  for (let i = 0; i < MOST_PAGES; i += 1) {
    const { items, nextPageToken } = await fetch(token);
    all.push(...items);
    if (!nextPageToken) break;
    token = nextPageToken;
  }
  return all;
}

export const allPerformances = (houseId: string, signal: AbortSignal): Promise<Performance[]> =>
  allPages(async (pageToken) => {
    const { performances: items, nextPageToken } = await ticketing.listPerformances({ houseId, pageSize: 1000, pageToken }, { signal });
    return { items, nextPageToken };
  });

export const allHalls = (houseId: string, signal: AbortSignal): Promise<Hall[]> =>
  allPages(async (pageToken) => {
    const { halls: items, nextPageToken } = await ticketing.listHalls({ houseId, pageSize: 1000, pageToken }, { signal });
    return { items, nextPageToken };
  });

export const allProductions = (houseId: string, signal: AbortSignal): Promise<Production[]> =>
  allPages(async (pageToken) => {
    const { productions: items, nextPageToken } = await ticketing.listProductions({ houseId, pageSize: 1000, pageToken }, { signal });
    return { items, nextPageToken };
  });
