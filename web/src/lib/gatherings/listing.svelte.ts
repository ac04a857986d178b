// A list that comes page by page: the first one as a resource, further ones behind it.
import { Resource } from '../ui/resource.svelte.ts';

export interface PageOf<T> {
  rows: T[];
  next: string;
}

type Fetch<T> = (pageToken: string, signal?: AbortSignal) => Promise<PageOf<T>>;

export class Listing<T> {
  first = new Resource<PageOf<T>>();
  #further = $state.raw<T[]>([]);
  #next = $state<string>();
  #fetch: Fetch<T> | undefined;
  loadingMore = $state(false);
  moreError = $state.raw<unknown>();

  rows = $derived([...(this.first.value?.rows ?? []), ...this.#further]);
  more = $derived((this.#next ?? this.first.value?.next ?? '') !== '');

  /** Fetches from the beginning. What was there stays until the new is here. */
  async load(fetch: Fetch<T>): Promise<void> {
    this.#fetch = fetch;
    await this.first.load(async (signal) => {
      const page = await fetch('', signal);
      if (!signal.aborted) {
        this.#further = [];
        this.#next = undefined;
        this.moreError = undefined;
      }
      return page;
    });
  }

  showMore = async (): Promise<void> => {
    const fetch = this.#fetch;
    const token = this.#next ?? this.first.value?.next ?? '';
    if (!fetch || token === '' || this.loadingMore) return;
    this.loadingMore = true;
    this.moreError = undefined;
    try {
      const page = await fetch(token);
      if (fetch !== this.#fetch) return;
      this.#further = [...this.#further, ...page.rows];
      this.#next = page.next;
    } catch (error) {
      if (fetch === this.#fetch) this.moreError = error;
    } finally {
      this.loadingMore = false;
    }
  };
}
