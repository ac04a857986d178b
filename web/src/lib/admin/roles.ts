// The roles that a person can hold.
import { Role } from '#gen/kulturtorg/options/v1/options_pb.ts';

export const ROLES = {
  administrator: Role.ADMINISTRATOR,
  reviewer: Role.REVIEWER,
  adviser: Role.ADVISER,
  house: Role.HOUSE,
  door: Role.DOOR,
  analyst: Role.ANALYST,
  operator: Role.OPERATOR,
} as const;

export type RoleKey = keyof typeof ROLES;

export function roleKey(role: Role): RoleKey {
  const found = (Object.keys(ROLES) as RoleKey[]).find((key) => ROLES[key] === role);
  if (!found) throw new Error(`no person holds the role ${role}`);
  return found;
}
