// What forms have in common.
import { expect } from 'vitest';
import type { Person } from './people.ts';

/** The errors stand in a summary that has the focus; each leads to its field. */
export async function summary(person: Person, errors: string[]): Promise<void> {
  const box = person.page.getByRole('alert').filter({ hasText: 'Rätta till det här' });
  for (const error of errors) await box.getByRole('link', { name: error }).waitFor();
  await expect.poll(() => box.evaluate((b) => b === document.activeElement), { message: 'the summary has the focus' }).toBe(true);
  await box.getByRole('link', { name: errors.at(-1) }).click();
  await expect
    .poll(() => person.page.evaluate(() => document.activeElement?.getAttribute('aria-invalid') ?? document.activeElement?.closest('fieldset')?.className.includes('faulty')))
    .toBeTruthy();
}

/** The cookies are gone and the access token is no longer good, as after a long absence. */
export async function endSession(person: Person): Promise<void> {
  await person.context.clearCookies();
  await person.page.route('**/kulturtorg.*/**', (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer ended' } }));
}
