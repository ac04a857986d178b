// A profile as a form holds it, and back.
import type { Profile } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import type { InLanguage } from '../i18n/index.ts';

export interface ProfileDraft {
  name: string;
  artFields: string[];
  municipality: string;
  texts: InLanguage[];
  links: { title: string; url: string }[];
  contact: { name: string; email: string; phone: string };
}

export const emptyProfile = (name = '', email = ''): ProfileDraft => ({
  name,
  artFields: [],
  municipality: '',
  texts: [],
  links: [],
  contact: { name: '', email, phone: '' },
});

const plain = ({ language, text }: InLanguage): InLanguage => ({ language, text });

export function profileDraft({ content, etag }: Profile): { draft: ProfileDraft; etag: string } {
  const draft = {
    name: content?.name ?? '',
    artFields: [...(content?.artFields ?? [])],
    municipality: content?.municipality ?? '',
    texts: (content?.texts ?? []).map(plain),
    links: (content?.links ?? []).map(({ title, url }) => ({ title, url })),
    contact: { name: content?.contact?.name ?? '', email: content?.contact?.email ?? '', phone: content?.contact?.phone ?? '' },
  };
  return { draft, etag };
}

/** What is sent: rows of links that were left empty are not meant, and an address without its beginning gets one. */
export function profileContent(draft: ProfileDraft) {
  const links = draft.links
    .map(({ title, url }) => ({ title: title.trim(), url: webAddress(url) }))
    .filter(({ title, url }) => title || url);
  return {
    ...draft,
    name: draft.name.trim(),
    texts: draft.texts.filter((t) => t.text.trim()),
    links: links.map(({ title, url }) => ({ title: title || hostOf(url), url })),
    contact: { name: draft.contact.name.trim(), email: draft.contact.email.trim(), phone: draft.contact.phone.trim() },
  };
}

function webAddress(text: string): string {
  const url = text.trim();
  return url && !/^[a-z][a-z0-9+.-]*:/i.test(url) ? `https://${url}` : url.replace(/^http:\/\//i, 'https://');
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, '');
  } catch {
    return url;
  }
}
