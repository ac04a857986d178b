import type { Access, Brief, Index, RoleName, ServiceBrief, Text } from './model.ts';

/** The words of a text. */
export const plain = (text: Text) => text.map((piece) => (typeof piece === 'string' ? piece : piece.code)).join('');

const parts = (name: string) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');

/** The methods in whose name, service or first sentence every word stands; those that are called so come first. */
export function findMethods({ services }: Index, query: string): { service: ServiceBrief; method: Brief }[] {
  const words = query.toLowerCase().split(/[\s./]+/).filter(Boolean);
  const all = services.flatMap((service) => service.methods.map((method) => ({ service, method })));
  const place = ({ service, method }: (typeof all)[number]) => {
    const name = `${method.name} ${parts(method.name)}`.toLowerCase();
    const text = `${name} ${service.name} ${parts(service.name)} ${plain(method.says)}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return undefined;
    return words.every((word) => name.includes(word)) ? 0 : 1;
  };
  const found = all.map((one) => ({ one, at: place(one) })).filter(({ at }) => at !== undefined);
  return found.sort((a, b) => a.at! - b.at!).map(({ one }) => one);
}

/** Who calls: everybody, somebody without an account, somebody with one, or who holds a role. */
export type Caller = '' | 'public' | 'signed_in' | RoleName;

/** Whether a method is there for this caller; with `open` also what it shares with everybody. */
export function allows(access: Access, caller: Caller, open: boolean): boolean {
  if (caller === '') return true;
  if (caller === 'public' || caller === 'signed_in') return access.level === caller || (open && caller === 'signed_in' && access.level === 'public');
  // The stack's own roles have no account.
  const everybody = access.level === 'public' || (access.level === 'signed_in' && caller !== 'service');
  return access.roles.includes(caller) || (open && everybody);
}
