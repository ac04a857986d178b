// Who is signed in. The account, its roles and its houses are state that pages may read; the tokens stay in `token`.
import { Code, ConnectError } from '@connectrpc/connect';
import type { Account } from '#gen/kulturtorg/identity/v1/identity_pb.ts';
import { accessToken, dropToken, endSession, mayBeSignedIn, refresh, signInByPassword, tokenLasts } from '../api/token.ts';
import { setOwner } from '../api/transport.ts';
import { sleep } from '../api/retry.ts';

/** Roles by the numbers of the contract, so that its code is not needed before somebody signs in. */
const ROLES = ['', 'administrator', 'reviewer', 'adviser', 'house', 'door', 'analyst', 'operator'] as const;
export type Role = Exclude<(typeof ROLES)[number], ''>;

const nameOf = (role: number): Role | undefined => ROLES.find((name, i): name is Role => name !== '' && i === role);

/** `lapsed`: it ended by itself, and its owner can go on after signing in again. */
export type Status = 'starting' | 'out' | 'in' | 'lapsed';

const EARLY = 30_000;

class Session {
  status = $state<Status>('starting');
  account = $state.raw<Account>();
  /** Set while the dialog asks the owner to sign in again. */
  asking = $state.raw<{ answer(again: boolean): void }>();

  /** What the account may do. */
  roles = $derived(new Set((this.account?.grants ?? []).map((g) => nameOf(g.role)).filter((r) => r !== undefined)));
  /** Houses that it works for. */
  houses = $derived(this.#organisations('house'));
  /** Houses at whose doors it checks tickets. */
  doors = $derived(this.#organisations('door'));
  signedIn = $derived(this.status === 'in');

  #channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('kt-session');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started: Promise<void> | undefined;
  #question: Promise<boolean> | undefined;

  constructor() {
    setOwner({ ended: (quietly) => this.#ended(quietly), lapsed: () => this.status === 'lapsed' });
    this.#channel?.addEventListener('message', ({ data }) => {
      if (data === 'out') this.#leave();
      if (data === 'in' && this.status !== 'in') this.#takeUp().catch(() => undefined);
    });
    if (typeof document !== 'undefined') {
      // Timers sleep in hidden tabs and closed laptops; look at the clock when somebody comes back.
      document.addEventListener('visibilitychange', () => !document.hidden && this.#renewInTime());
    }
  }

  has(role: Role): boolean {
    return this.roles.has(role);
  }

  #organisations(role: Role): string[] {
    return (this.account?.grants ?? []).filter((g) => nameOf(g.role) === role).map((g) => g.organisationId);
  }

  /** Takes up the session of an earlier visit, once. Pages that need an account wait for it. */
  start(): Promise<void> {
    this.#started ??= this.#begin();
    return this.#started;
  }

  async #begin(): Promise<void> {
    if (!mayBeSignedIn()) {
      this.status = 'out';
      return;
    }
    for (const wait of [300, 1_000, 0]) {
      try {
        return await this.#takeUp();
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unauthenticated) break;
        await sleep(wait);
      }
    }
    if (this.status === 'starting') this.status = 'out';
  }

  async #takeUp(): Promise<void> {
    await refresh();
    await this.#enter();
  }

  async #enter(): Promise<void> {
    const { identity } = await import('../api/identity.ts');
    this.account = await identity.getMe({});
    this.status = 'in';
    this.#renewInTime();
  }

  /** Signs in, here and in the other tabs. */
  async signIn(email: string, password: string): Promise<void> {
    await signInByPassword(email, password);
    await this.#enter();
    this.#channel?.postMessage('in');
    this.asking?.answer(true);
  }

  async signOut(): Promise<void> {
    try {
      await endSession();
    } finally {
      this.#leave();
      this.#channel?.postMessage('out');
    }
  }

  /** Reads the account again, after its roles changed. */
  async reload(): Promise<void> {
    await refresh();
    await this.#enter();
  }

  #leave(): void {
    clearTimeout(this.#timer);
    dropToken();
    this.account = undefined;
    this.status = 'out';
    this.asking?.answer(false);
  }

  #renewInTime(): void {
    clearTimeout(this.#timer);
    if (this.status !== 'in' || !accessToken()) return;
    const wait = Math.max(0, tokenLasts() - EARLY);
    this.#timer = setTimeout(() => this.#renew(), Math.min(wait, 2 ** 31 - 1));
  }

  async #renew(): Promise<void> {
    try {
      await refresh();
      this.#renewInTime();
    } catch (error) {
      if (ConnectError.from(error).code === Code.Unauthenticated) {
        dropToken();
        this.status = 'lapsed';
      } else {
        this.#timer = setTimeout(() => this.#renew(), 10_000);
      }
    }
  }

  /** A call was refused and there are no new tokens. Calls that need an account wait for the answer of one dialog. */
  async #ended(quietly: boolean): Promise<boolean> {
    if (!this.account) {
      this.status = 'out';
      return quietly;
    }
    this.status = 'lapsed';
    if (quietly) return true;
    this.#question ??= new Promise<boolean>((resolve) => {
      this.asking = { answer: resolve };
    }).finally(() => {
      this.asking = undefined;
      this.#question = undefined;
    });
    return this.#question;
  }
}

export const session = new Session();
