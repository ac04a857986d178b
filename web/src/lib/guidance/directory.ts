import type { DirectoryEntry } from '#gen/kulturtorg/guidance/v1/guidance_pb.ts';
import { guidance as service } from '../api/guidance.ts';

/** The whole directory. The service neither searches it nor reads one entry, so both are done with all of it. */
export async function allEntries(retiredToo: boolean, signal?: AbortSignal): Promise<DirectoryEntry[]> {
  const all: DirectoryEntry[] = [];
  for (let pageToken = ''; ; ) {
    const { entries, nextPageToken } = await service.listEntries({ retiredToo, pageSize: 200, pageToken }, { signal });
    all.push(...entries);
    if (!nextPageToken) return all;
    pageToken = nextPageToken;
  }
}
