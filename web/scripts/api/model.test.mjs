import { beforeAll, describe, expect, it } from 'vitest';
import { modelOf } from './model.mjs';
import { pagesOf } from './markdown.mjs';
import { smallContract } from './small.mjs';

const demo = `
// Keeps things. \`Keep\` adds one.
//
// A second paragraph.
service DemoService {
  // Keeps a thing. Then it is there. ALREADY_EXISTS (KEPT): \`Keep\` was called before.
  rpc Keep(KeepRequest) returns (Thing) {
    option (kulturtorg.options.v1.access) = {level: LEVEL_ROLE, roles: [ROLE_HOUSE, ROLE_DOOR], scope: SCOPE_ORGANISATION};
  }
  // Watches.
  rpc Watch(WatchRequest) returns (stream Thing) {
    option (kulturtorg.options.v1.access) = {level: LEVEL_PUBLIC};
  }
  // Copies, for the stack itself.
  rpc Copy(CopyRequest) returns (Thing) {
    option (kulturtorg.options.v1.access) = {level: LEVEL_ROLE, roles: [ROLE_SERVICE], scope: SCOPE_REGION};
  }
}
// Request of \`Keep\`.
message KeepRequest {
  // Its name.
  string name = 1 [(kulturtorg.options.v1.personal) = true, (kulturtorg.options.v1.rule) = {required: true, min: 2, max: 1200}];
  // Keys | of it.
  repeated string keys = 2 [(kulturtorg.options.v1.rule) = {max: 3, format: FORMAT_KEY}];
  // How many.
  int32 count = 3 [(kulturtorg.options.v1.rule) = {least: 0, most: 9}];
  // Where; one is enough.
  oneof place {
    // By id.
    string place_id = 4 [(kulturtorg.options.v1.rule) = {max: 36, format: FORMAT_ID}];
    // By word.
    string word = 5 [(kulturtorg.options.v1.rule) = {max: 9}];
  }
  // Made by the client.
  string request_id = 6 [(kulturtorg.options.v1.rule) = {required: true, max: 36, format: FORMAT_ID}];
}
// Asks to watch, for as long as one likes.
message WatchRequest {}
// Asks for a copy.
message CopyRequest {}
// A thing.
message Thing {
  // Its state.
  State state = 1;
  // Its parts.
  repeated Thing parts = 2;
  // Where a thing stands.
  enum State {
    // Not set.
    STATE_UNSPECIFIED = 0;
    // Kept.
    STATE_KEPT = 1;
  }
}
// Used by nobody yet.
message Spare {}
`;
const published = `
// A thing was kept.
// Subject: \`thing.kept\`.
message ThingKept {
  option (kulturtorg.options.v1.exported) = true;
  // The thing.
  string thing_id = 1;
}
`;

describe('the pages of a contract', () => {
  let model;
  let page;
  let keep;
  beforeAll(() => {
    model = modelOf(smallContract({ 'demo/v1/demo.proto': demo, 'demo/v1/published.proto': published }));
    [page] = model.services;
    [keep] = page.methods;
  });

  it('say of a service what its comment says', () => {
    expect(page).toMatchObject({ key: 'demo', name: 'DemoService', path: '/kulturtorg.demo.v1.DemoService', file: 'proto/kulturtorg/demo/v1/demo.proto' });
    expect(page.text).toEqual([['Keeps things. ', { code: 'Keep', to: '#keep' }, ' adds one.'], ['A second paragraph.']]);
    expect(page.says).toEqual(['Keeps things.']);
  });

  it('say of a method who may call it, whose data it reaches and how it fails', () => {
    expect(keep.access).toEqual({ level: 'role', roles: ['house', 'door'], scope: 'organisation' });
    expect(keep.text).toEqual([['Keeps a thing. Then it is there.']]);
    expect(keep.errors).toEqual([{ code: 'ALREADY_EXISTS', reasons: ['KEPT'], when: [{ code: 'Keep', to: '#keep' }, ' was called before'] }]);
    expect(page.methods[1].access).toEqual({ level: 'public', roles: [], scope: '' });
  });

  it('show a request at its method and shared messages once, with links to them', () => {
    expect(keep.request.fields.map((f) => f.name)).toEqual(['name', 'keys', 'count', 'place_id', 'word', 'request_id']);
    expect(keep.request.text).toEqual([]);
    expect(keep.answer).toEqual({ name: 'Thing', to: '#thing' });
    expect(page.methods[1].request.text).toEqual([['Asks to watch, for as long as one likes.']]);
    expect(page.types.map((t) => [t.name, t.anchor])).toEqual([['Thing', 'thing'], ['Thing.State', 'thingstate'], ['Spare', 'spare']]);
    expect(page.types[0].fields.map((f) => f.type)).toEqual([
      { list: false, name: 'Thing.State', to: '#thingstate' },
      { list: true, name: 'Thing', to: '#thing' },
    ]);
    expect(page.types[1].values).toEqual([
      { name: 'STATE_UNSPECIFIED', number: 0, text: [['Not set.']] },
      { name: 'STATE_KEPT', number: 1, text: [['Kept.']] },
    ]);
  });

  it('put the rules of fields into words', () => {
    const words = Object.fromEntries(keep.request.fields.map((f) => [f.name, f.rules.map((r) => r.join('')).join('; ')]));
    expect(words).toEqual({
      name: 'required; 2–1,200 characters; one line',
      keys: 'at most 3 items; each: key',
      count: '0–9',
      place_id: 'UUID',
      word: 'at most 9 characters; one line',
      request_id: 'required; UUID',
    });
    expect(keep.request.fields.filter((f) => f.personal).map((f) => f.name)).toEqual(['name']);
    expect(keep.request.choices).toEqual([{ fields: ['place_id', 'word'], text: [['Where; one is enough.']] }]);
  });

  it('give a request to try, by curl or, for a stream, by our command', () => {
    expect(Object.keys(keep.example)).toEqual(['name', 'placeId', 'requestId']);
    expect(keep.call).toMatch(/^curl -s http:\/\/localhost:8080\/kulturtorg\.demo\.v1\.DemoService\/Keep \\\n {2}-H "authorization: Bearer \$TOKEN"/);
    expect(page.methods[1].streams).toBe(true);
    expect(page.methods[1].call).toBe("kulturtorg call kulturtorg.demo.v1.DemoService/Watch '{}' \\\n  --gateway http://localhost:8080");
    expect(page.methods[2].call).toBe('');
  });

  it('list the facts with type and subject', () => {
    const [group] = model.facts.groups;
    expect(group.text).toEqual([['Of demo/v1/published.proto.']]);
    expect(group.facts).toMatchObject([
      { type: 'kulturtorg.demo.v1.ThingKept', subject: 'kt.<region>.demo.thing.kept.<thing id>', exported: true, text: [['A thing was kept.']] },
    ]);
  });

  it('are Markdown whose tables hold', () => {
    const pages = Object.fromEntries(pagesOf(model));
    expect(Object.keys(pages)).toEqual(['README.md', 'permissions.md', 'facts.md', 'demo.md']);
    expect(pages['demo.md']).toContain('| `keys` | list of string | Keys \\| of it. *At most 3 items; each: key.* |');
    expect(pages['demo.md']).toContain('| `name` | string | Its name. *Required; 2–1,200 characters; one line; about a person.* |');
    expect(pages['permissions.md']).toContain('| [Keep](demo.md#keep) | house, door | organisations in which the caller holds the role |');
  });
});

describe('a contract is refused', () => {
  const method = (comment, access) => `
// Serves.
service DemoService {
  // ${comment}
  rpc Get(Thing) returns (Thing) {${access}}
}
// A thing.
message Thing {}
`;
  const open = 'option (kulturtorg.options.v1.access) = {level: LEVEL_PUBLIC};';
  const make = (text, also = {}) => modelOf(smallContract({ 'demo/v1/demo.proto': text, ...also }));

  it('when a method does not say who may call it', () => {
    expect(() => make(method('Gets.', ''))).toThrow('kulturtorg.demo.v1.DemoService.Get says nothing of who may call it');
  });

  it('when two headings of a page would have one anchor', () => {
    expect(() => make(method('Gets.', open).replaceAll('Thing', 'GET'))).toThrow('two headings of one page lead to #get');
  });

  it('when a fact does not say its subject', () => {
    expect(() => make(method('Gets.', open), { 'demo/v1/published.proto': '// It was.\nmessage Was {}\n' })).toThrow('kulturtorg.demo.v1.Was: end its comment with its subject');
  });
});
