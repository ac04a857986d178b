// The order that this tab holds and has not paid, so that its reader finds the way back from other pages. The token is
// that one order's own secret and stands in its address anyway; it opens no account, and it goes when the tab is closed.
const KEPT = 'kt_order';

export interface Waiting {
  orderId: string;
  token: string;
  /** What it is for, as it was shown. */
  title: string;
  /** Milliseconds since 1970. */
  expires: number;
}

export function remember(order: Waiting): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(order));
  } catch {
    // Without storage the address of the order is the only way back.
  }
}

export function forget(orderId: string): void {
  try {
    if (waiting(0)?.orderId === orderId) sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing was kept.
  }
}

/** The order that is still held at a moment. */
export function waiting(now: number): Waiting | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Waiting | null;
    return kept && typeof kept.orderId === 'string' && kept.expires > now ? kept : undefined;
  } catch {
    return undefined;
  }
}

export const orderAddress = (orderId: string, token: string) => `/basket/${orderId}#${token}`;
export const ticketsAddress = (orderId: string, token: string) => `/tickets/${orderId}#${token}`;
