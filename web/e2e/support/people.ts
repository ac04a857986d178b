// Somebody with a browser of their own. When a walk ends, whatever went wrong in anybody's browser fails it.
import path from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { launch } from './browser.ts';
import { call, PASSWORD } from './calls.ts';
import { looks } from './looks.ts';
import { Problems } from './problems.ts';

const PATIENCE = 15_000;

export class Person {
  readonly problems = new Problems();

  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async arrive(browser: Browser, name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: inject('base'),
      viewport: { width: 1280, height: 900 },
      locale: 'sv-SE',
      timezoneId: 'Europe/Stockholm',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const person = new Person(name, context, page);
    context.on('page', (opened) => person.problems.watch(opened));
    person.problems.watch(page);
    return person;
  }

  /** Opens an address of the region and waits until it stands still. */
  async go(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settled();
  }

  /** Opens the link of a mail, as mail programs do: anew, even if its page stands there already. */
  async follow(mail: string): Promise<void> {
    await this.page.goto('about:blank');
    await this.go(linkIn(mail));
  }

  /** Until the screen has its heading and shows nothing that is still loading. */
  async settled(): Promise<void> {
    await this.page.locator('main h1').first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector('main [aria-busy="true"], main [data-loading]'), undefined, { timeout: PATIENCE });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name });
  }

  field(label: string | RegExp): Locator {
    return this.page.getByLabel(label);
  }

  /** A line of the menus on top. */
  menu(name: string): Locator {
    return this.page.getByRole('banner').getByRole('link', { name, exact: true });
  }

  /** Presses the button that is called just this. */
  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  /** The summary of a form's errors has the focus and says exactly this. */
  async mustCorrect(...texts: string[]): Promise<void> {
    const summary = this.page.getByRole('alert').filter({ hasText: 'Rätta till det här' });
    await expect.poll(() => summary.getByRole('listitem').allInnerTexts(), { timeout: PATIENCE }).toEqual(texts);
    await expect.poll(() => summary.evaluate((box) => box === document.activeElement), { message: 'the summary has the focus' }).toBe(true);
  }

  /** The screen has this heading of the first level. */
  async reads(heading: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }

  /** This text stands somewhere on the screen. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async signIn(email: string): Promise<void> {
    await this.go('/sign-in');
    await this.page.locator('#email').fill(email);
    await this.page.locator('input[type=password]').fill(PASSWORD);
    await this.page.keyboard.press('Enter');
    await this.page.waitForURL((url) => url.pathname !== '/sign-in');
    await this.settled();
  }

  /** Checks that everybody can use the screen as it stands; `widths`: of a state that other windows do not have. */
  async looks(what: string, widths?: number[]): Promise<void> {
    await this.settled();
    await looks(this.page, `${this.name}: ${what}`, widths);
  }

  /** Subjects and texts of the mails to this address that the region kept, newest first. */
  async mails(address: string): Promise<string[]> {
    const { mails = [] } = await call<{ mails?: { subject: string; text: string }[] }>('notify/ListKeptMail', { address });
    return mails.map((mail) => `${mail.subject}\n${mail.text}`);
  }

  /** The newest mail to this address that has this text, waited for. */
  async mail(address: string, has: string | RegExp): Promise<string> {
    const newest = async () => (await this.mails(address)).find((mail) => (typeof has === 'string' ? mail.includes(has) : has.test(mail)));
    let found: string | undefined;
    const look = async () => (found = await newest());
    await expect.poll(look, { timeout: PATIENCE, message: `a mail to ${address} with ${has}` }).toBeDefined();
    return found ?? '';
  }
}

/** An address on the region's site in a mail, without its host, which is the one that mails are configured with. */
export function linkIn(mail: string): string {
  const found = /https?:\/\/[^\s/]+(\/\S+)/.exec(mail)?.[1];
  if (!found) throw new Error(`no link in:\n${mail}`);
  return found;
}

export interface People {
  /** Somebody new, by a name for messages. Who needs `flags` of Chromium comes with another browser. */
  arrives(name: string, options?: BrowserContextOptions, flags?: readonly string[]): Promise<Person>;
}

/** What everybody saw when a walk failed, as files in `e2e/failed/`. */
async function pictures(walk: string, people: Person[]): Promise<void> {
  for (const { name, page, problems } of people) {
    const file = path.join(import.meta.dirname, '../failed', `${walk} - ${name}.png`.replaceAll('/', ' '));
    await page.screenshot({ path: file, fullPage: true }).catch(() => undefined);
    console.error(`${name} at ${page.url()}: ${file}\n  ${problems.found.join('\n  ')}`);
  }
}

/** `test` whose people leave at its end, each with a clean record. */
export const walk = test.extend<{ people: People }>({
  // The first argument's shape is how vitest learns what a fixture needs.
  people: async ({ task }, use) => {
    const shared = await launch();
    const browsers = [shared];
    const all: Person[] = [];
    const people: People = {
      arrives: async (name, options, flags) => {
        const browser = flags ? await launch(flags) : shared;
        if (flags) browsers.push(browser);
        const person = await Person.arrive(browser, name, options);
        all.push(person);
        return person;
      },
    };
    try {
      await use(people);
      // Of a walk that failed already its own error says more, and what people saw.
      if (task.result?.state === 'fail') await pictures(task.name, all);
      else for (const person of all) person.problems.check(person.name);
    } finally {
      for (const browser of browsers) await browser.close();
    }
  },
});
