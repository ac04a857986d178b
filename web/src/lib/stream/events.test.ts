import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { FollowResponseSchema } from '#gen/kulturtorg/stream/v1/stream_pb.ts';
import { above, MOST, row, shortType, type Row } from './events.ts';

const response = (cloudEvent: string) => create(FollowResponseSchema, { sequence: 7n, cloudEvent });

test('an event becomes a row', () => {
  const event = { type: 'kulturtorg.review.v1.ApplicationApproved', subject: 'x', time: '2026-11-21T08:00:00Z', data: { days: 12 } };
  const made = row(response(JSON.stringify(event)));
  expect(made).toMatchObject({ sequence: 7n, type: event.type, subject: 'x', time: new Date(event.time) });
  expect(JSON.parse(made.json)).toEqual(event);
  expect(shortType(made.type)).toBe('review: ApplicationApproved');
});

test('what is no event is shown as it came and breaks nothing', () => {
  for (const odd of ['', '{', 'null', '[1]', '{"time":5}']) {
    expect(row(response(odd)).time).toBeUndefined();
  }
  expect(row(response('{')).json).toBe('{');
  expect(shortType('odd')).toBe('odd');
});

test('the newest rows stay and the oldest go', () => {
  const rows = (from: number, n: number): Row[] => Array.from({ length: n }, (_, i) => ({ sequence: BigInt(from - i), type: '', subject: '', time: undefined, json: '' }));
  const all = above(rows(MOST + 10, 10), rows(MOST, MOST));
  expect(all).toHaveLength(MOST);
  expect(all[0]?.sequence).toBe(BigInt(MOST + 10));
  expect(all.at(-1)?.sequence).toBe(11n);
});
