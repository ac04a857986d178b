import { EntryKind } from '#gen/kulturtorg/guidance/v1/guidance_pb.ts';
import { guidance } from '../i18n/guidance.ts';

const words = { [EntryKind.FUNCTION]: 'function', [EntryKind.PERSON]: 'person', [EntryKind.FUND]: 'fund', [EntryKind.NETWORK]: 'network' } as const;

/** What a kind of entry is called. */
export function kindName(kind: EntryKind): string {
  return kind === EntryKind.UNSPECIFIED ? '' : guidance.words.kind[words[kind]];
}

export const kindChoices = () => [EntryKind.FUNCTION, EntryKind.PERSON, EntryKind.FUND, EntryKind.NETWORK].map((kind) => ({ value: String(kind), label: kindName(kind) }));
