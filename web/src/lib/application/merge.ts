// Two changes of one application at the same time, put together part by part.
import { clone, create, equals } from '@bufbuild/protobuf';
import { ContentSchema, type Content } from '#gen/kulturtorg/review/v1/review_pb.ts';

export const parts = ['statement', 'education', 'engagements', 'absences', 'educator'] as const;
export type Part = (typeof parts)[number];

/** Only one part of a content, to compare it. */
const only = (content: Content, part: Part): Content => create(ContentSchema, { [part]: content[part] });

export const samePart = (a: Content, b: Content, part: Part) => equals(ContentSchema, only(a, part), only(b, part));
export const sameContent = (a: Content, b: Content) => equals(ContentSchema, a, b);

export interface Merged {
  content: Content;
  /** Parts that both changed, each in another way. In them `content` has mine. */
  conflicts: Part[];
}

/** What I changed since `base`, on top of what stands there now. */
export function merge(base: Content, mine: Content, theirs: Content): Merged {
  const content = clone(ContentSchema, theirs);
  const conflicts: Part[] = [];
  for (const part of parts) {
    if (samePart(base, mine, part)) continue;
    if (!samePart(base, theirs, part) && !samePart(mine, theirs, part)) conflicts.push(part);
    Object.assign(content, { [part]: clone(ContentSchema, mine)[part] });
  }
  return { content, conflicts };
}
