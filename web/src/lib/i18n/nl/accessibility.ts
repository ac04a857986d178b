import type { Words } from '../language.svelte.ts';
import type sv from '../sv/accessibility.ts';

export default {
  title: 'Toegankelijkheidsverklaring',
  lead: (region) => `Iedereen moet Kulturtorg ${region} kunnen gebruiken. Hier leest u in hoeverre dat klopt, en hoe u het ons laat weten als het niet zo is.`,
  state: 'Hoe toegankelijk is de website?',
  stateText: 'De website is gebouwd volgens WCAG 2.2, niveau AA. Dat is meer dan de wet vraagt (EN 301 549, WCAG 2.1 niveau AA). We kennen de tekorten hieronder.',
  gaps: 'Bekende tekorten',
  gapsList: [
    'Foto’s en bestanden die makers opladen, kunnen zonder beschrijving of ontoegankelijk zijn. We vragen hun om foto’s te beschrijven.',
    'Teksten kunnen in een andere taal staan dan u koos. De taal is dan aangegeven.',
    'Tickets lezen met een camera vraagt zicht. Het nummer van het ticket kan altijd ook ingetikt worden.',
  ],
  how: 'Hoe we getest hebben',
  howText: 'We testen elke pagina automatisch, licht en donker, in smalle en brede vensters, en alleen met het toetsenbord. Automatische tests vinden maar een deel van de fouten.',
  report: 'Een drempel melden',
  reportText: 'Schrijf ons als iets u hindert. Vertel om welke pagina het gaat, wat u wilde doen en wat er gebeurde.',
  where: 'Om welke pagina gaat het?',
  what: 'Wat hindert u?',
  help: 'Hulpmiddelen die u gebruikt',
  compose: 'De mail schrijven',
  composeText: 'De knop opent uw mailprogramma met de tekst ingevuld. U kunt ook rechtstreeks naar het adres schrijven:',
  subject: 'Drempel op de website',
  line: { where: 'Pagina:', what: 'Drempel:', help: 'Hulpmiddelen:' },
  law: 'Toezicht',
  lawText: 'Digg, de Zweedse dienst voor digitale overheid, houdt toezicht. Bent u niet tevreden over hoe we uw melding behandelen, dan kunt u dat bij Digg melden.',
  lawLink: 'Melden bij Digg',
  date: 'Deze verklaring dateert van 21 november 2026.',
} satisfies Words<typeof sv>;
