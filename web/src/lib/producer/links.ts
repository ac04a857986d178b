// Addresses of what this area shows.
export const producerHref = (profileId: string) => `/producers/${profileId}`;
export const offerHref = (profileId: string, offerId: string) => `/producers/${profileId}/offers/${offerId}`;
export const askHref = (profileId: string, offerId = '') => `/producers/${profileId}/enquiry${offerId && `?offer=${offerId}`}`;
export const deskHref = (profileId: string, part: '' | '/picture' | '/offers' | '/offers/new' | '/enquiries' = '') => `/desk/${profileId}${part}`;
export const deskOfferHref = (profileId: string, offerId: string) => `/desk/${profileId}/offers/${offerId}`;

/** Links that producers wrote: only the web's own, whatever the service lets through. */
export const isWebAddress = (url: string) => /^https?:\/\//i.test(url);
