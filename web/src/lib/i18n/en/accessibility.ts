import type { Words } from '../language.svelte.ts';
import type sv from '../sv/accessibility.ts';

export default {
  title: 'Accessibility statement',
  lead: (region) => `Everyone should be able to use Kulturtorg ${region}. Here we say how far that is true, and how to tell us when it is not.`,
  state: 'How accessible is the website?',
  stateText: 'The website is built to meet WCAG 2.2 at level AA, which is more than the law on accessibility of digital public services asks for (EN 301 549, WCAG 2.1 level AA). We know of the gaps below.',
  gaps: 'Known gaps',
  gapsList: [
    'Pictures and files that producers upload may lack a description or be inaccessible. We remind them to describe their pictures.',
    'Texts may be in another language than the one you chose. They are then marked with their language.',
    'Reading tickets by camera takes sight. The ticket’s number can always be typed instead.',
  ],
  how: 'How we have tested',
  howText: 'We test every page by machine, in light and dark, in narrow and wide windows, and by keyboard alone. Machine tests find only some of all faults.',
  report: 'Report a barrier',
  reportText: 'Write to us when something is in your way. Tell us which page it is, what you tried to do and what happened.',
  where: 'Which page is it?',
  what: 'What is in your way?',
  help: 'Assistive technology you use',
  compose: 'Write the email',
  composeText: 'The button opens your email program with the text filled in. You can also write straight to the address:',
  subject: 'Barrier on the website',
  line: { where: 'Page:', what: 'Barrier:', help: 'Assistive technology:' },
  law: 'Supervision',
  lawText: 'The Swedish Agency for Digital Government, Digg, supervises this. If you are not content with how we deal with what you point out, you can report it to Digg.',
  lawLink: 'Report to Digg',
  date: 'This statement was made on 21 November 2026.',
} satisfies Words<typeof sv>;
