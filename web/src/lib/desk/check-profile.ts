import type { desk } from '../i18n/desk.ts';
import type { ProfileDraft } from './profile-draft.ts';

type Words = typeof desk.words.form;

/** What the page can see itself before it sends a profile, in words, by field. */
export function checkProfile(draft: ProfileDraft, t: Words): { field: string; text: string }[] {
  const wrong: [string, boolean, string][] = [
    ['content.name', !draft.name.trim(), t.nameGiven],
    ['content.art_fields', !draft.artFields.length, t.fieldsGiven],
    ['content.art_fields', draft.artFields.length > 10, t.tooMany],
    ['content.municipality', !draft.municipality, t.municipalityGiven],
    ['content.contact.email', !draft.contact.email.trim(), t.emailGiven],
  ];
  return wrong.filter(([, is]) => is).map(([field, , text]) => ({ field, text }));
}
