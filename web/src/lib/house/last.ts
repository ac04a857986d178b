// Which of several houses somebody worked in last on this device.
const KEPT = 'kt_house';

export function lastHouse(houses: readonly string[]): string | undefined {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept && houses.includes(kept)) return kept;
  } catch {
    // Without storage it is the first.
  }
  return houses[0];
}

export function keepHouse(id: string): void {
  try {
    localStorage.setItem(KEPT, id);
  } catch {
    // Then the next visit begins with the first.
  }
}
