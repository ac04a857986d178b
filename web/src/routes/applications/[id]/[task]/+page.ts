import { error } from '@sveltejs/kit';
import { isTask } from '#lib/application/tasks.ts';

export const load = ({ params }: { params: { task: string } }) => {
  if (!isTask(params.task)) error(404);
  return { task: params.task };
};
