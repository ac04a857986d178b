// Starting an application, perhaps with what stood in an earlier one.
import type { Route } from '#gen/kulturtorg/review/v1/published_pb.ts';
import type { Application } from '#gen/kulturtorg/review/v1/review_pb.ts';
import type { Submission } from '../api/index.ts';
import { review } from '../api/review.ts';

/** Starts it. The earlier content is put into a draft that is still empty; a repeated start finds it there already. */
export async function startApplication(submission: Submission, profileId: string, route: Route, earlier?: Application): Promise<Application> {
  const content = { profileId, route };
  const started = await review.startApplication({ requestId: submission.id(content), ...content });
  if (!earlier?.content) return started;
  // The answer to a repeated start is the one of then, so the state is read anew.
  const now = await review.getApplication({ applicationId: started.id });
  if (now.content?.statement || now.content?.engagements.length) return now;
  return review.updateApplication({ applicationId: now.id, etag: now.etag, content: earlier.content });
}
