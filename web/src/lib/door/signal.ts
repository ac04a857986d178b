// What is heard and felt at the door. Never the only sign of an answer.
import type { Answer } from './desk.svelte.ts';

type Kind = Answer['kind'] | 'waiting';

/** Tones as [hertz, seconds]; rising is good, falling is not. */
const tones: Record<Kind, [number, number][]> = {
  admit: [[880, 0.09], [1320, 0.16]],
  already: [[520, 0.14], [520, 0.14], [520, 0.14]],
  invalid: [[330, 0.2], [196, 0.4]],
  failed: [[330, 0.2]],
  waiting: [[440, 0.08]],
};
const shakes: Record<Kind, number[]> = { admit: [60], already: [80, 60, 80], invalid: [300], failed: [150], waiting: [30] };

const KEPT = 'kt_door_sound';
let context: AudioContext | undefined;

export function keptSound(): boolean {
  try {
    return localStorage.getItem(KEPT) !== 'off';
  } catch {
    return true;
  }
}

export function keepSound(on: boolean): void {
  try {
    localStorage.setItem(KEPT, on ? 'on' : 'off');
  } catch {
    // Then the choice holds until the page is left.
  }
}

/** Browsers let a page sound only after a press; call this in one. */
export function wake(): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  void context.resume().catch(() => undefined);
}

export function signal(kind: Kind, sound: boolean): void {
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(shakes[kind]);
  if (!sound || context?.state !== 'running') return;
  let at = context.currentTime;
  for (const [pitch, length] of tones[kind]) {
    const [tone, level] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.25, at);
    level.gain.exponentialRampToValueAtTime(0.001, at + length);
    tone.connect(level).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
    at += length + 0.04;
  }
}
