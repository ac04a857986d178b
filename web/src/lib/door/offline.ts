// Whether a code is signed by the region's key, told without the network. That it is genuine does not mean that nobody
// has come in on it.
import { base64Decode } from '@bufbuild/protobuf/wire';
import type { DoorKey } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { claimsOf, fromBase32 } from './shown.ts';

const SIGNED = 45;

/** True: genuine and for this performance; false: not; undefined: this browser or these keys cannot tell. */
export function verifier(keys: readonly Pick<DoorKey, 'keyId' | 'publicKey'>[], performanceId: string) {
  return async (code: string): Promise<boolean | undefined> => {
    const bytes = fromBase32(code);
    const claims = claimsOf(code);
    if (!bytes || !claims) return false;
    const id = (bytes[1]! << 8) | bytes[2]!;
    const known = keys.find((k) => k.keyId === id);
    if (!known || !globalThis.crypto?.subtle) return undefined;
    try {
      const raw = Uint8Array.from(base64Decode(known.publicKey));
      const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
      const signed = await crypto.subtle.verify('Ed25519', key, Uint8Array.from(bytes.slice(SIGNED)), Uint8Array.from(bytes.slice(0, SIGNED)));
      return signed && claims.performanceId === performanceId;
    } catch {
      return undefined;
    }
  };
}
