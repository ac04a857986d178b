import { format } from '../i18n/index.ts';
import { reference } from '../i18n/reference.ts';
import type { Access } from './model.ts';

/** Who may call, in the reader's language: any of the roles will do. */
export function who({ level, roles }: Access): string {
  const t = reference.words;
  return level === 'role' ? format.list(roles.map((role) => t.roles[role]), 'disjunction') : t.levels[level];
}
