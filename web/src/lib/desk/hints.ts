import { Hint_Missing, type Hint, type Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import type { desk } from '../i18n/desk.ts';
import { localText, type Language } from '../i18n/index.ts';
import { deskHref, deskOfferHref } from '../producer/links.ts';

type Words = typeof desk.words;

/** What would make a profile better, in words, and where to do it. `inLanguage`: `på svenska`. */
export function hintLink(hint: Hint, profile: Profile, words: Words, inLanguage: Record<Language, string>): { text: string; href: string } | undefined {
  const language = inLanguage[hint.language as Language] ?? hint.language;
  const t = words.hint;
  switch (hint.missing) {
    case Hint_Missing.TEXT:
      return { text: t.text(language), href: deskHref(profile.id) };
    case Hint_Missing.LINK:
      return { text: t.link, href: deskHref(profile.id) };
    case Hint_Missing.IMAGE:
      return { text: t.image, href: deskHref(profile.id, '/picture') };
    case Hint_Missing.IMAGE_ALT:
      return { text: t.alt(language), href: deskHref(profile.id, '/picture') };
    case Hint_Missing.OFFER:
      return { text: t.offer, href: deskHref(profile.id, '/offers/new') };
    case Hint_Missing.OFFER_TEXT: {
      const offer = profile.offers.find((o) => o.id === hint.offerId);
      const title = localText(offer?.content?.titles ?? []) || words.offers.untitled;
      return { text: t.offerText(title, language), href: deskOfferHref(profile.id, hint.offerId) };
    }
    default:
      return undefined;
  }
}
