import type { Words } from '../language.svelte.ts';
import type sv from '../sv/accessibility.ts';

export default {
  title: 'Déclaration d’accessibilité',
  lead: (region) => `Tout le monde doit pouvoir utiliser Kulturtorg ${region}. Voici où nous en sommes, et comment nous prévenir quand ce n’est pas le cas.`,
  state: 'Le site est-il accessible ?',
  stateText: 'Le site est conçu pour respecter les WCAG 2.2 au niveau AA, ce qui dépasse la loi (EN 301 549, WCAG 2.1 niveau AA). Nous connaissons les défauts ci-dessous.',
  gaps: 'Défauts connus',
  gapsList: [
    'Les images et fichiers envoyés par les artistes peuvent manquer de description ou ne pas être accessibles. Nous leur rappelons de décrire leurs images.',
    'Des textes peuvent être dans une autre langue que la vôtre. Leur langue est alors indiquée.',
    'Lire les billets avec une caméra demande de voir. Le numéro du billet peut toujours être tapé.',
  ],
  how: 'Comment nous avons testé',
  howText: 'Nous testons chaque page par machine, en clair et en sombre, dans des fenêtres étroites et larges, et au clavier seul. Ces tests ne trouvent qu’une partie des défauts.',
  report: 'Signaler un obstacle',
  reportText: 'Écrivez-nous si quelque chose vous gêne. Dites-nous la page, ce que vous vouliez faire et ce qui s’est passé.',
  where: 'De quelle page s’agit-il ?',
  what: 'Qu’est-ce qui vous gêne ?',
  help: 'Aides techniques que vous utilisez',
  compose: 'Écrire le courriel',
  composeText: 'Le bouton ouvre votre messagerie avec le texte rempli. Vous pouvez aussi écrire directement à l’adresse :',
  subject: 'Obstacle sur le site',
  line: { where: 'Page concernée :', what: 'Obstacle :', help: 'Aides techniques :' },
  law: 'Contrôle',
  lawText: 'Digg, l’agence suédoise du numérique public, contrôle l’accessibilité. Si notre réponse ne vous convient pas, vous pouvez le signaler à Digg.',
  lawLink: 'Signaler à Digg',
  date: 'Déclaration établie le 21 novembre 2026.',
} satisfies Words<typeof sv>;
