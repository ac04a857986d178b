import type { Gathering } from '#gen/kulturtorg/events/v1/events_pb.ts';
import { termName } from '../region/index.ts';

/** Place and municipality, or city and country of what came from elsewhere, or that it is online. */
export function whereOf({ content, external }: Pick<Gathering, 'content' | 'external'>, online: string): string {
  if (!content) return '';
  const town = external ? [external.city, external.country].filter(Boolean).join(', ') : content.municipality && termName('municipalities', content.municipality);
  const parts = [content.place, content.place.includes(town) ? '' : town].filter(Boolean);
  return parts.length ? parts.join(', ') : external ? '' : online;
}
