// Something that is fetched, and may be fetched again. What was there stays until the new is here.
import { Code, ConnectError } from '@connectrpc/connect';

export class Resource<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  loading = $state(false);
  #call: AbortController | undefined;
  #again: (() => Promise<void>) | undefined;

  /** Fetches; an earlier call that is still under way is broken off. */
  async load(fetch: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#again = () => this.load(fetch);
    this.#call?.abort();
    const call = (this.#call = new AbortController());
    this.loading = true;
    try {
      const value = await fetch(call.signal);
      if (call.signal.aborted) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (call.signal.aborted && ConnectError.from(error).code === Code.Canceled) return;
      if (this.#call === call) this.error = error;
    } finally {
      if (this.#call === call) this.loading = false;
    }
  }

  /** Fetches the same again. */
  retry = (): void => void this.#again?.();

  stop(): void {
    this.#call?.abort();
    this.loading = false;
  }
}
