import { Kind, type Facet, type Result } from '#gen/kulturtorg/search/v1/search_pb.ts';
import type { FacetGroup, FacetOption } from '../ui/Facets.svelte';
import type { catalogue } from '../i18n/catalogue.ts';
import { filterNames, type Filter, type Query } from './query.ts';

type Words = typeof catalogue.words;

/** Where a result's own page is. */
export function resultHref(result: Pick<Result, 'kind' | 'id' | 'profileId'>): string {
  switch (result.kind) {
    case Kind.GATHERING:
      return `/gatherings/${result.id}`;
    case Kind.PERFORMANCE:
      return `/performances/${result.id}`;
    case Kind.OFFER:
      return `/producers/${result.profileId}/offers/${result.id}`;
    default:
      return `/producers/${result.id}`;
  }
}

export function kindWord(kind: Kind, words: Words): string {
  const names: Partial<Record<Kind, string>> = {
    [Kind.PRODUCER]: words.kind.producer,
    [Kind.OFFER]: words.kind.offer,
    [Kind.GATHERING]: words.kind.gathering,
    [Kind.PERFORMANCE]: words.kind.performance,
  };
  return names[kind] ?? '';
}

/** The name of a filter's value: as the service says it, else by the region's vocabulary. */
export type NameOf = (filter: Filter, value: string) => string;

/** The filters with their counts. A chosen value stays even if nothing has it any more. */
export function facetGroups(facets: readonly Facet[], query: Query, words: Words, name: NameOf, partsOf: (field: string) => string[]): FacetGroup[] {
  return filterNames.flatMap((filter) => {
    const counted = facets.find((f) => f.filter === filter)?.values ?? [];
    const values: FacetOption[] = counted.map((v) => ({ value: v.key, label: filter === 'kinds' ? name(filter, v.key) : v.name, count: v.count }));
    for (const value of query.chosen[filter]) {
      if (!values.some((v) => v.value === value)) values.push({ value, label: name(filter, value), count: 0n });
    }
    const options = filter === 'art_fields' ? asTree(values, partsOf) : values;
    return options.length ? [{ key: filter, label: words.group[filter], options }] : [];
  });
}

/** Art fields with their parts below them. */
function asTree(values: FacetOption[], partsOf: (field: string) => string[]): FacetOption[] {
  const parts = new Set(values.flatMap((v) => partsOf(v.value)));
  return values
    .filter((v) => !parts.has(v.value))
    .flatMap((field) => [field, ...values.filter((v) => partsOf(field.value).includes(v.value)).map((v) => ({ ...v, part: true }))]);
}
