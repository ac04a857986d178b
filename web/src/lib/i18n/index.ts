export { area, languages, ownNames, reader, setLanguage, type Language, type Words } from './language.svelte.ts';
export * as format from './format.ts';
export { local, localText, writtenLanguages, type InLanguage } from './local.ts';
export { plural } from './plural.ts';
