// A list of enquiries that comes in pages and grows on the page.
import type { Enquiry } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { Resource } from '../ui/resource.svelte.ts';

interface Answer {
  enquiries: Enquiry[];
  nextPageToken: string;
}
type Fetch<R> = (request: R & { pageToken: string; pageSize: number }, signal: AbortSignal) => Promise<Answer>;

const SIZE = 25;

export class Pages extends Resource<Enquiry[]> {
  #token = $state('');
  #further: (() => Promise<void>) | undefined;
  more = $derived(this.#token !== '');

  /** Begins anew with this request. */
  override load(fetch: (signal: AbortSignal) => Promise<Enquiry[]>): Promise<void>;
  override load<R>(request: R, fetch: Fetch<R>): Promise<void>;
  override load<R>(request: R | ((signal: AbortSignal) => Promise<Enquiry[]>), fetch?: Fetch<R>): Promise<void> {
    if (!fetch) return super.load(request as (signal: AbortSignal) => Promise<Enquiry[]>);
    const page = async (before: Enquiry[], pageToken: string, signal: AbortSignal) => {
      const answer = await fetch({ ...(request as R), pageToken, pageSize: SIZE }, signal);
      this.#token = answer.nextPageToken;
      const known = new Set(before.map((e) => e.id));
      return [...before, ...answer.enquiries.filter((e) => !known.has(e.id))];
    };
    this.#further = () => super.load((signal) => page(this.value ?? [], this.#token, signal));
    this.#token = '';
    return super.load((signal) => page([], '', signal));
  }

  next = (): void => void this.#further?.();
}
