import type { Words } from '../language.svelte.ts';
import { plural } from '../plural.ts';
import type sv from '../sv/mail.ts';

const n = plural('en');

export default {
  title: 'Mail that would have been sent',
  lead: 'The demonstration sends no mail. It is kept here, so that you can open the links in it.',
  filter: 'Show only mail to',
  apply: 'Show',
  to: 'To',
  when: 'Sent',
  list: 'Mail, newest first',
  choose: 'Choose an email to read it.',
  count: (c) => n(c, { one: '# mail', other: '# mails' }),
  empty: 'No mail yet',
  emptyText: 'Create an account or send an enquiry, and mail comes here.',
  refresh: 'Fetch new mail',
  read: 'Read the email',
} satisfies Words<typeof sv>;
