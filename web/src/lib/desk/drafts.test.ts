import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { OfferContentSchema, OfferSchema, ProfileContentSchema, ProfileSchema } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { emptyOffer, offerContent, offerDraft, unreadable } from './offer-draft.ts';
import { emptyProfile, profileContent, profileDraft } from './profile-draft.ts';

it('an offer comes back from the form as it went in', () => {
  const content = create(OfferContentSchema, {
    kind: 'workshop',
    audiences: ['preschool'],
    titles: [{ language: 'sv', text: 'Skuggor' }],
    texts: [{ language: 'sv', text: 'Två rader\noch en till' }],
    minutes: 45,
    price: { case: 'fixedPrice', value: { currency: 'SEK', minorUnits: 450_050n } },
    groupSizeMax: 20,
    travelsTo: ['1715', '1780'],
    needs: { stageWidthCm: 615, powerAmperes: 16, darkness: true, notes: [{ language: 'sv', text: 'Vatten' }] },
  });
  const { draft } = offerDraft(create(OfferSchema, { content, etag: '3' }));
  expect(unreadable(draft)).toEqual([]);
  expect(create(OfferContentSchema, offerContent(draft, 'SEK'))).toEqual(content);
});

it('an empty offer says what must be chosen', () => {
  expect(unreadable(emptyOffer())).toEqual(['content.price', 'content.travels']);
});

it('a profile comes back from the form as it went in', () => {
  const content = create(ProfileContentSchema, {
    name: 'Glimma',
    artFields: ['stage.dance'],
    municipality: '1780',
    texts: [{ language: 'en', text: 'We dance.' }],
    links: [{ title: 'Film', url: 'https://example.org/film' }],
    contact: { name: 'Ida', email: 'ida@example.org', phone: '' },
  });
  const { draft } = profileDraft(create(ProfileSchema, { content }));
  expect(create(ProfileContentSchema, profileContent(draft))).toEqual(content);
});

it('links are completed, and empty rows are not sent', () => {
  const draft = { ...emptyProfile('A', 'a@example.org'), links: [{ title: '', url: '' }, { title: '', url: 'www.example.org/x' }] };
  expect(profileContent(draft).links).toEqual([{ title: 'example.org', url: 'https://www.example.org/x' }]);
});
