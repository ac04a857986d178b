import { base64Encode } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { verifier } from './offline.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base32 = (bytes: Uint8Array) => {
  const bits = [...bytes].map((b) => b.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => LETTERS[parseInt(five.padEnd(5, '0'), 2)]).join('');
};

test('a code that our key signed is genuine, and no other', async () => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const publicKey = base64Encode(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  const claims = new Uint8Array(45).map((_, i) => (i === 0 ? 1 : i));
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, claims));
  const code = base32(new Uint8Array([...claims, ...signature]));
  const performance = '03040506-0708-090a-0b0c-0d0e0f101112';
  const keys = [{ keyId: 0x0102, publicKey }];

  expect(await verifier(keys, performance)(code)).toBe(true);
  expect(await verifier(keys, '13040506-0708-090a-0b0c-0d0e0f101112')(code), 'another performance').toBe(false);
  expect(await verifier([{ keyId: 7, publicKey }], performance)(code), 'an unknown key').toBeUndefined();
  const forged = code.slice(0, 100) + (code[100] === 'A' ? 'B' : 'A') + code.slice(101);
  expect(await verifier(keys, performance)(forged), 'altered').toBe(false);
  expect(await verifier(keys, performance)('no code')).toBe(false);
});
