import type { desk } from '../i18n/desk.ts';
import { unreadable, type OfferDraft } from './offer-draft.ts';

type Words = typeof desk.words.offer;

/** What the page can see itself before it sends an offer, in words, by field. */
export function checkOffer(draft: OfferDraft, labels: Record<string, string>, t: Words): { field: string; text: string }[] {
  const words = (field: string): string => {
    const label = labels[field] ?? '';
    if (field === 'content.price') return t.priceGiven;
    if (field === 'content.fixed_price') return t.amountWrong;
    if (field === 'content.travels') return t.travelsGiven;
    if (field === 'content.travels_to') return t.travelsSome;
    return field.includes('stage_') ? t.length(label) : t.number(label);
  };
  const wrong = unreadable(draft).map((field) => ({ field, text: words(field) }));
  if (!draft.kind) wrong.push({ field: 'content.kind', text: t.kindGiven });
  if (!draft.audiences.length) wrong.push({ field: 'content.audiences', text: t.audiencesGiven });
  const titles = draft.titles.filter((x) => x.text.trim());
  if (!titles.length) wrong.push({ field: 'content.titles', text: t.titleGiven });
  else if (titles.some((x) => [...x.text.trim()].length > 120 || /[\n\r\t]/.test(x.text.trim()))) wrong.push({ field: 'content.titles', text: t.titleLong });
  const order = Object.keys(labels);
  return wrong.sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field));
}
