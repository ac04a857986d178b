// Everybody looks at their screens, each in one browser, as they would in a day.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch } from '../support/browser.ts';
import { Person } from '../support/people.ts';
import { find } from './address.ts';
import type { Screen, Visit } from './table.ts';

const nameOf = ({ route, state }: Screen) => (state ? `${route} (${state})` : route);

/** A test for each screen of these visits. */
export function visits(all: Visit[]): void {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  for (const { who, screens } of all) {
    describe(who, () => {
      let person: Person;
      beforeAll(async () => {
        person = await Person.arrive(browser, who);
        if (who !== 'nobody') await person.signIn(`${who}@example.org`);
      });
      afterAll(() => person.context.close());

      test.for(screens.map((screen) => [nameOf(screen), screen] as const))('%s', async ([name, screen]) => {
        person.problems.found.length = 0;
        await person.go(await find(screen.at, person));
        await (screen.leadsTo ? person.page.waitForURL((url) => url.pathname.startsWith(screen.leadsTo!)) : holds(person, name));
        person.problems.check(name);
      });
    });
  }
}

/** One heading, which the title begins with, and nothing that keeps anybody out. */
async function holds(person: Person, name: string): Promise<void> {
  await person.looks(name);
  const heading = (await person.page.locator('h1').allInnerTexts()).map((text) => text.trim());
  expect(heading, 'one heading of the first level').toHaveLength(1);
  expect(await person.page.title(), 'the title').toMatch(/^.{3,} – Kulturtorg Värmland$/);
}
