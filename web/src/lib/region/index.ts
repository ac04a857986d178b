export { artFieldName, choices, region, regionName, termName, type Vocabulary } from './region.svelte.ts';
