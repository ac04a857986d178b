import { beginFinding } from '#lib/catalogue/find.ts';
import { readQuery } from '#lib/catalogue/query.ts';
import { catalogue } from '#lib/i18n/catalogue.ts';
import { reader } from '#lib/i18n/index.ts';
import type { PageLoad } from './$types';

// Untracked: a change of filters is searched for by the page itself, which keeps what stands there meanwhile.
export const load: PageLoad = ({ url, untrack }) => {
  untrack(() => beginFinding(readQuery(url.searchParams), reader.language));
  return catalogue.load();
};
