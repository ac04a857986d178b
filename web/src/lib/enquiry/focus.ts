import { tick } from 'svelte';

/** Brings readers to the heading of what has taken the place of the form they sent. */
export async function focusHeading(): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>('main h1')?.focus();
  window.scrollTo({ top: 0 });
}
