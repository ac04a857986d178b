// The steps of the chain's gathering: two places, three who want them.
import { expect } from 'vitest';
import { find, leave, meets, movesUp, plan, readsList, register, waits, type Guest } from './chain/gatherings.ts';
import { walk } from './support/people.ts';

const stamp = Date.now().toString(36);
const guest = (name: string, listed: boolean): Guest => ({ name, email: `${name.split(' ')[0]}-${stamp}@prov.example`.toLowerCase(), listed });

walk('a gathering fills up, a place becomes free, and the next in the queue gets it', { timeout: 300_000 }, async ({ people }) => {
  const title = `Frukost vid älven ${stamp}`;
  const [gunnel, ivar, saga] = [guest('Gunnel Morgonpigg', true), guest('Ivar Blyghammar', false), guest('Saga Sistaminuten', true)];
  const adviser = await people.arrives('adviser');
  await adviser.signIn('lotta.hedenskog@example.org');
  await plan(adviser, { title, places: 2, day: '2027-03-03' });

  const visitor = await people.arrives('visitor');
  await find(visitor, title);
  expect(await register(visitor, gunnel)).toBe(0);
  await visitor.button('Anmäl en person till').click();
  expect(await register(visitor, ivar)).toBe(0);
  const late = await people.arrives('late visitor');
  await find(late, title);
  expect(await register(late, saga)).toBe(1);

  await waits(late, saga, title, 1);
  await meets(visitor, gunnel, title, [gunnel]);
  await leave(visitor);
  await movesUp(late, saga, title);
  await meets(visitor, ivar, title, [saga]);
  await readsList(adviser, title, [
    [gunnel, 'Avbokad'],
    [ivar, 'Har plats'],
    [saga, 'Har plats'],
  ]);
});
