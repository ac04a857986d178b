// The analyst follows what happens in the region while others act, and learns nothing about any of them.
import { expect } from 'vitest';
import type { Person } from '../support/people.ts';

/** Opens the stream and asks for rows that come by themselves. */
export async function openStream(analyst: Person): Promise<void> {
  await analyst.page.getByRole('navigation', { name: 'Dina arbetsytor' }).getByRole('link', { name: 'Händelser' }).click();
  await analyst.reads('Händelser');
  await analyst.button('Följ med').click();
  await analyst.sees('Nya händelser visas när de kommer.');
}

/** Only facts of one kind, named as on the screen: `ticketing: TicketsSold`; empty: all. */
export async function chooseKind(analyst: Person, kind: string): Promise<void> {
  await analyst.field('Slag av händelser').selectOption({ label: kind || 'Alla slag' });
  await expect.poll(() => new URL(analyst.page.url()).searchParams.has('type')).toBe(kind !== '');
}

const rows = (analyst: Person, kind: string) => analyst.page.getByRole('row').filter({ has: analyst.page.getByRole('rowheader', { name: kind, exact: true }) });

/** A fact of this kind stands in the list, which was not loaded anew. Of this thing, if its id is given. */
export async function seesFact(analyst: Person, kind: string, of = ''): Promise<void> {
  await rows(analyst, kind).filter({ hasText: of }).first().waitFor();
}

/** The newest fact of a kind, as the screen shows all that is in it. */
export async function readsFact(analyst: Person, kind: string): Promise<string> {
  await rows(analyst, kind).first().getByRole('button', { name: /^Visa som JSON/ }).click();
  const dialog = analyst.page.getByRole('dialog');
  const json = await dialog.locator('pre').innerText();
  await dialog.getByRole('button', { name: 'Stäng' }).click();
  return json;
}

/** Looks for people in the list and in every fact that it shows: addresses of anybody, and these names and messages. */
export async function findsNobody(analyst: Person, told: readonly string[]): Promise<void> {
  const read = [await analyst.page.locator('main').innerText()];
  for (const button of await analyst.button(/^Visa som JSON/).all()) {
    await button.click();
    read.push(await analyst.page.getByRole('dialog').innerText());
    await analyst.page.getByRole('dialog').getByRole('button', { name: 'Stäng' }).click();
  }
  for (const text of read) {
    expect(text).not.toMatch(/[^\s"]+@[^\s"]+\.[^\s"]+/);
    for (const secret of told) expect(text).not.toContain(secret);
  }
}
