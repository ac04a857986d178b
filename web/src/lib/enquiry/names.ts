// Whom enquiries went to. An enquiry names its profile by id alone, and the profile may be hidden by now.
import type { Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { profiles } from '../api/profiles.ts';

/** The profiles that can be seen, by id. */
export async function profilesOf(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, Profile>> {
  const asked = await Promise.allSettled([...new Set(ids)].map((profileId) => profiles.getProfile({ profileId }, { signal })));
  return new Map(asked.flatMap((r) => (r.status === 'fulfilled' ? [[r.value.id, r.value] as const] : [])));
}
