// How to call, for whoever has read nothing else: one text for `docs/api/README.md` and for the app's page.
import { anchor } from './model.mjs';
import { pieces } from './comments.mjs';

const section = (title, ...blocks) => ({ title, anchor: anchor(title.replaceAll(' ', '-')), blocks });
const p = (text) => ({ p: pieces(text) });
const list = (...items) => ({ list: items.map((item) => pieces(item)) });
const code = (text) => ({ code: text });
const table = (head, ...rows) => ({ head, rows: rows.map((row) => row.map((cell) => pieces(cell))) });

export const guide = [
  section(
    'Addresses and protocols',
    p('Everything is called through the gateway of a region, which the demo region has at `http://localhost:8080`. The address of a method is `/<package>.<Service>/<Method>`, and a call is always a `POST`. The content type says which protocol it speaks:'),
    table(
      ['Protocol', 'Content type', 'For'],
      ['gRPC', '`application/grpc`', 'servers and apps; needs HTTP/2'],
      ['gRPC-web', '`application/grpc-web+proto`', 'browsers'],
      ['gRPC-web-text', '`application/grpc-web-text+proto`', 'browsers and proxies that cannot carry bytes: the same in base64'],
      ['Connect JSON', '`application/json`', 'scripts and `curl`; methods with one answer'],
      ['Connect', '`application/proto`', 'programs without gRPC; methods with one answer'],
    ),
    p('Methods that answer with a stream are called by gRPC or gRPC-web, or on the command line by `kulturtorg call`. Pages of another site may call if the operator has named the site in `gateway.origins`. For TypeScript and JavaScript there is a package with everything typed, `web/client`.'),
  ),
  section(
    'A first call',
    p('Search is public, so nothing is needed but the request. This works against the demo region as it stands:'),
    code(`curl -s http://localhost:8080/kulturtorg.search.v1.SearchService/Search \\
  -H 'content-type: application/json' \\
  -d '{"query":"teater","language":"sv","pageSize":3}'`),
    p('An empty request is `{}`. Every page of a service shows such a line for each of its methods; ids in them stand for those of your region.'),
  ),
  section(
    'Messages as JSON',
    p('Fields are named as the pages name them or in lower camel case: `page_size` and `pageSize` mean the same, answers have the latter. A field that the message does not have is refused, so that a slip of the pen is found. What has its default value, such as 0 or an empty text, is left out of answers.'),
    table(
      ['Type', 'In JSON', 'Example'],
      ['`string`, `bool`, `int32`', 'text, true or false, number', '`"Karlstad"`, `true`, `12`'],
      ['`int64`', 'text, as numbers in JSON are too short', '`"12500"`'],
      ['`bytes`', 'base64', '`"AAEC"`'],
      ['an enum', 'the name of the value', '`"KIND_OFFER"`'],
      ['`Timestamp`', 'RFC 3339, UTC', '`"2027-03-05T18:00:00Z"`'],
      ['a list', 'array', '`["stage.dance"]`'],
    ),
    p('Beside the meaning of a field stands what it may hold in a request. Some of these words are short for more:'),
    list(
      'one line: plain text without control characters; several lines: line breaks are allowed too',
      'key: lower-case letters, digits, `-`, `_` and `.`, from one of the lists that `RegionService/GetRegion` gives',
      'about a person: the field names or describes somebody; it is masked in logs and never passed on to analysts',
    ),
  ),
  section(
    'Signing in',
    p('Public methods need no account. For the others, sign in and send the access token with each call. It is good for five minutes; `Refresh` gives the next one.'),
    code(`TOKEN=$(curl -s http://localhost:8080/kulturtorg.identity.v1.IdentityService/SignIn \\
  -H 'content-type: application/json' \\
  -d '{"email":"maj.rinkeby@example.org","password":"kulturtorg-demo"}' |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["accessToken"])')
curl -s http://localhost:8080/kulturtorg.identity.v1.IdentityService/GetMe \\
  -H "authorization: Bearer $TOKEN" \\
  -H 'content-type: application/json' -d '{}'`),
    p('A page in a browser signs in at `/session/sign-in` instead, with the same JSON: the gateway then keeps the refresh token in a cookie that no script can read. `/session/refresh` and `/session/sign-out` belong to it.'),
  ),
  section(
    'Metadata',
    p('Metadata are HTTP headers. These mean something to the gateway; others are passed on to the service.'),
    table(
      ['Header', 'Meaning'],
      ['`authorization: Bearer …`', 'the access token'],
      ['`grpc-timeout: 800m`', 'how long the answer may take, in gRPC and gRPC-web: a number and one of `H`, `M`, `S`, `m`, `u`, `n`'],
      ['`connect-timeout-ms: 800`', 'the same for JSON'],
      ['`traceparent`', 'the trace that the call belongs to (W3C Trace Context)'],
    ),
  ),
  section(
    'Deadlines and sizes',
    list(
      'A call that asks for no deadline has 5 seconds. It may ask for up to 30.',
      'A stream lasts 10 minutes at most. Then the client calls again and goes on where it was.',
      'A message of a request has at most 1 MiB, unpacked. Larger files are sent in parts.',
      'Requests may be packed with gzip: `content-encoding: gzip` in Connect, `grpc-encoding: gzip` in the others.',
      'These are the usual values; an operator can set others.',
    ),
  ),
  section(
    'Errors',
    p('A call that fails has a code, a sentence in English for developers, and details for programs. In gRPC and gRPC-web they come as `grpc-status`, `grpc-message` and `grpc-status-details-bin`, in JSON like this:'),
    code(`{
  "code": "invalid_argument",
  "message": "the request has errors in: page_size",
  "details": [
    { "type": "google.rpc.ErrorInfo", "value": "…", "debug": { "reason": "INVALID_FIELDS", "domain": "kit" } },
    { "type": "google.rpc.BadRequest", "value": "…", "debug": { "fieldViolations": [
      { "field": "page_size", "description": "must be between 0 and 100" } ] } }
  ]
}`),
    list(
      '`ErrorInfo` has a `reason` that is stable, `SOLD_OUT` for example: act on it, not on the sentence. Only what breaks the protocol itself has none, such as half a message or a deadline that has passed.',
      '`BadRequest` names every field that is wrong, not only the first.',
      '`RetryInfo` is there when trying again helps, and says after how long.',
    ),
    p('The pages name the errors that are special to a method. These may come from any:'),
    table(
      ['Code', 'HTTP', 'When'],
      ['INVALID_ARGUMENT', '400', 'a field breaks its rule, or the body is no such message'],
      ['UNAUTHENTICATED', '401', 'the token is missing (`SIGN_IN`) or no longer valid (`INVALID_TOKEN`)'],
      ['PERMISSION_DENIED', '403', 'the account lacks the role, or the thing belongs to others'],
      ['NOT_FOUND', '404', 'there is no such thing, or the caller may not know of it'],
      ['ALREADY_EXISTS', '409', 'the `request_id` was used for another request (`REQUEST_ID_REUSED`)'],
      ['ABORTED', '409', 'somebody else changed it at the same time: read it again'],
      ['FAILED_PRECONDITION', '400', 'its state does not allow it: the `reason` says why'],
      ['RESOURCE_EXHAUSTED', '429', 'too many calls, or a message that is too large'],
      ['DEADLINE_EXCEEDED', '504', 'no answer in time; it is not known whether the call had an effect'],
      ['UNAVAILABLE', '503', 'a part of the system does not answer; try again shortly'],
      ['UNIMPLEMENTED', '501', 'there is no such method (404 in Connect), or not by this protocol'],
      ['INTERNAL', '500', 'our mistake; it has been logged'],
    ),
  ),
  section(
    'Trying again',
    p('Requests that make or pay something carry a `request_id`, a UUID that the client makes. The same id with the same request has its effect once and gets the same answer, however often it is sent. So after a lost answer, send the very same request again. The same id with another request is refused (`REQUEST_ID_REUSED`).'),
    p('Reading methods, whose names begin with `Get`, `List` or `Search`, may always be repeated. Changes to what two people may edit carry the `etag` that was read; if somebody was faster, the call is refused with ABORTED.'),
  ),
  section(
    'Paging',
    p('Lists take a `page_size` and give a `next_page_token`. Send it as `page_token` with the same request to get the next page; an empty one means that the list is complete. Tokens are good for the request that they came with, and are not to be taken apart.'),
  ),
];
