// An offer as a form holds it, and back.
import type { Offer } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import type { InLanguage } from '../i18n/index.ts';
import { amountText, metresText, parseAmount, parseMetres, parseWhole, wholeText } from '../producer/numbers.ts';

export interface OfferDraft {
  kind: string;
  audiences: string[];
  titles: InLanguage[];
  texts: InLanguage[];
  minutes: string;
  price: { how: '' | 'fixed' | 'request'; amount: string };
  groupSizeMax: string;
  travels: { how: '' | 'everywhere' | 'some' | 'none'; to: string[] };
  needs: {
    width: string;
    depth: string;
    height: string;
    power: string;
    loadIn: string;
    darkness: boolean;
    ownSound: boolean;
    ownLight: boolean;
    notes: InLanguage[];
  };
}

export const emptyOffer = (): OfferDraft => ({
  kind: '',
  audiences: [],
  titles: [],
  texts: [],
  minutes: '',
  price: { how: '', amount: '' },
  groupSizeMax: '',
  travels: { how: '', to: [] },
  needs: { width: '', depth: '', height: '', power: '', loadIn: '', darkness: false, ownSound: false, ownLight: false, notes: [] },
});

const plain = ({ language, text }: InLanguage): InLanguage => ({ language, text });

export function offerDraft({ content: c, etag }: Offer): { draft: OfferDraft; etag: string } {
  const n = c?.needs;
  const fixed = c?.price.case === 'fixedPrice' ? c.price.value : undefined;
  const draft: OfferDraft = {
    kind: c?.kind ?? '',
    audiences: [...(c?.audiences ?? [])],
    titles: (c?.titles ?? []).map(plain),
    texts: (c?.texts ?? []).map(plain),
    minutes: wholeText(c?.minutes ?? 0),
    price: fixed ? { how: 'fixed', amount: amountText(fixed.minorUnits) } : { how: 'request', amount: '' },
    groupSizeMax: wholeText(c?.groupSizeMax ?? 0),
    travels: { how: c?.travelsEverywhere ? 'everywhere' : c?.travelsTo.length ? 'some' : 'none', to: [...(c?.travelsTo ?? [])] },
    needs: {
      width: metresText(n?.stageWidthCm ?? 0),
      depth: metresText(n?.stageDepthCm ?? 0),
      height: metresText(n?.stageHeightCm ?? 0),
      power: wholeText(n?.powerAmperes ?? 0),
      loadIn: wholeText(n?.loadInMinutes ?? 0),
      darkness: n?.darkness ?? false,
      ownSound: n?.ownSound ?? false,
      ownLight: n?.ownLight ?? false,
      notes: (n?.notes ?? []).map(plain),
    },
  };
  return { draft, etag };
}

/** Which fields cannot be read as what they are, by their path in the request. */
export function unreadable(d: OfferDraft): string[] {
  const wrong: [string, boolean][] = [
    ['content.minutes', parseWhole(d.minutes) === undefined],
    ['content.price', d.price.how === ''],
    ['content.fixed_price', d.price.how === 'fixed' && parseAmount(d.price.amount) === undefined],
    ['content.group_size_max', parseWhole(d.groupSizeMax) === undefined],
    ['content.travels', d.travels.how === ''],
    ['content.travels_to', d.travels.how === 'some' && d.travels.to.length === 0],
    ['content.needs.stage_width_cm', parseMetres(d.needs.width) === undefined],
    ['content.needs.stage_depth_cm', parseMetres(d.needs.depth) === undefined],
    ['content.needs.stage_height_cm', parseMetres(d.needs.height) === undefined],
    ['content.needs.power_amperes', parseWhole(d.needs.power) === undefined],
    ['content.needs.load_in_minutes', parseWhole(d.needs.loadIn) === undefined],
  ];
  return wrong.filter(([, is]) => is).map(([field]) => field);
}

type OfferPrice = { case: 'fixedPrice'; value: { currency: string; minorUnits: bigint } } | { case: 'onRequest'; value: Record<string, never> };

/** What is sent. Call it with a draft in which nothing is unreadable. */
export function offerContent(d: OfferDraft, currency: string) {
  const written = (texts: InLanguage[]) => texts.filter((t) => t.text.trim());
  const price: OfferPrice =
    d.price.how === 'fixed'
      ? { case: 'fixedPrice', value: { currency, minorUnits: parseAmount(d.price.amount) ?? 0n } }
      : { case: 'onRequest', value: {} };
  return {
    kind: d.kind,
    audiences: d.audiences,
    titles: written(d.titles).map(({ language, text }) => ({ language, text: text.trim() })),
    texts: written(d.texts),
    minutes: parseWhole(d.minutes) ?? 0,
    price,
    groupSizeMax: parseWhole(d.groupSizeMax) ?? 0,
    travelsEverywhere: d.travels.how === 'everywhere',
    travelsTo: d.travels.how === 'some' ? d.travels.to : [],
    needs: {
      stageWidthCm: parseMetres(d.needs.width) ?? 0,
      stageDepthCm: parseMetres(d.needs.depth) ?? 0,
      stageHeightCm: parseMetres(d.needs.height) ?? 0,
      powerAmperes: parseWhole(d.needs.power) ?? 0,
      loadInMinutes: parseWhole(d.needs.loadIn) ?? 0,
      darkness: d.needs.darkness,
      ownSound: d.needs.ownSound,
      ownLight: d.needs.ownLight,
      notes: written(d.needs.notes),
    },
  };
}
