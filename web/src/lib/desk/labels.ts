// Fields of the requests and what stands by them, in the order of the pages.
import type { desk } from '../i18n/desk.ts';
import { writtenLanguages } from '../i18n/index.ts';

type Words = typeof desk.words;

export function profileLabels(t: Words['form'], links: number): Record<string, string> {
  return {
    'content.name': t.name,
    'content.art_fields': t.fields,
    'content.municipality': t.municipality,
    'content.texts': t.texts,
    ...Object.fromEntries(
      Array.from({ length: links }, (_, i) => [
        [`content.links[${i}].url`, `${t.link(i + 1)}, ${t.linkUrl.toLowerCase()}`],
        [`content.links[${i}].title`, `${t.link(i + 1)}, ${t.linkTitle.toLowerCase()}`],
      ]).flat() as [string, string][],
    ),
    'content.links': t.links,
    'content.contact.email': t.email,
    'content.contact.name': t.contactName,
    'content.contact.phone': t.phone,
  };
}

export const offerLabels = (t: Words['offer'], currency: string): Record<string, string> => ({
  'content.kind': t.kind,
  'content.titles': t.titles,
  'content.texts': t.texts,
  'content.audiences': t.audiences,
  'content.minutes': t.minutes,
  'content.price': t.price,
  'content.fixed_price': t.amount(currency),
  'content.group_size_max': t.group,
  'content.travels': t.travels,
  'content.travels_to': t.travelsTo,
  'content.needs.stage_width_cm': t.width,
  'content.needs.stage_depth_cm': t.depth,
  'content.needs.stage_height_cm': t.height,
  'content.needs.power_amperes': t.power,
  'content.needs.load_in_minutes': t.loadIn,
  'content.needs.notes': t.notes,
});

/** Texts in the order of the region's languages, as something to read. */
export const inAllLanguages = (texts: readonly { language: string; text: string }[]) =>
  writtenLanguages().flatMap((l) => texts.find((x) => x.language === l)?.text ?? []).join('\n– – –\n');
