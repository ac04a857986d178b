// What the comments of the contract say: paragraphs with code in them, and the errors at the end of a method's.

const codes = [
  'CANCELLED', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED',
].join('|');
const reasons = String.raw`\([A-Z][A-Z0-9_, ]*\)`;
const beforeError = new RegExp(String.raw`(?<=^|[.;] )(?=(?:${codes})(?: ${reasons})?[.:;])`);
const beforeReason = new RegExp(String.raw`; (?=${reasons}(?:[.:;]|$))`);
const error = new RegExp(String.raw`^(${codes})?(?: ?\(([^)]*)\))?(?:: (.+?))?[.;]?$`);

/** Comments of a file by the path of what they stand at, as descriptors count it. */
export function commentsOf(file) {
  const found = new Map();
  for (const { path, leadingComments, leadingDetachedComments } of file.sourceCodeInfo?.location ?? []) {
    found.set(path.join('.'), leadingComments);
    // The comment on top of a file stands at its `syntax`.
    if (path.join('.') === '12') found.set('file', leadingComments || leadingDetachedComments.at(-1));
  }
  return (...path) => paragraphs(found.get(path.join('.')) ?? '');
}

/** Line ends within a paragraph mean nothing. */
const paragraphs = (comment) => comment.split(/\n\s*\n/).map((p) => p.trim().replaceAll(/\s+/g, ' ')).filter(Boolean);

/** Splits a method's comment into what it does and how it can fail: `CODE (REASON): when.` at its end. */
export function withErrors(name, comment) {
  const parts = comment.flatMap((paragraph) => paragraph.split(beforeError)).map((part) => part.trim());
  const fails = (part) => new RegExp(`^(?:${codes})\\b`).test(part);
  const text = parts.filter((part) => !fails(part));
  const hidden = new RegExp(`\\b(?:${codes})\\b`).exec(text.join(' '));
  if (hidden) throw new Error(`${name}: write how it fails at the end of its comment: "${hidden[0]} (REASON): when."`);
  return { text, errors: parts.filter(fails).flatMap(alternatives) };
}

/** A code may have several reasons: `CODE (A): when; (B): when.` */
function alternatives(part) {
  const [code] = part.split(/[ .:;]/);
  return part.split(beforeReason).map((one) => {
    const [, , named, when] = error.exec(one) ?? [];
    return { code, reasons: named?.split(', ') ?? [], when: when ?? '' };
  });
}

/** A paragraph as pieces: plain text, and code that may lead to what it names. */
export function pieces(paragraph, link = () => undefined) {
  return paragraph.split(/`([^`]+)`/).flatMap((part, i) => {
    if (i % 2 === 0) return part ? [part] : [];
    const to = link(part);
    return [to ? { code: part, to } : { code: part }];
  });
}
