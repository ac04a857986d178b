// The contract as its descriptors and their options tell it, with what stands in its comments.
import { createFileRegistry, fromBinary, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { buf, root } from '../buf.mjs';
import { commentsOf } from './comments.mjs';

/** The services' files in `proto/`, read by buf, which keeps the comments. */
export function readContract() {
  const bytes = buf(['build', '--output', '-#format=binpb'], { cwd: root, maxBuffer: 64 << 20 });
  return contractOf(bytes);
}

/** A contract from the bytes of a descriptor set. */
export function contractOf(bytes) {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const option = (name) => registry.getExtension(`kulturtorg.options.v1.${name}`);
  const nameOf = (type, value) => registry.getEnum(`kulturtorg.options.v1.${type}`).value[value]?.name;
  // What is not set has no name.
  const called = (type, value) => (value === 0 ? '' : plain(nameOf(type, value), type));
  const read = (desc, name) => (hasOption(desc, option(name)) ? getOption(desc, option(name)) : undefined);
  const comments = new Map();

  return {
    registry,
    files: [...registry.files].filter((f) => /^kulturtorg\.\w+\.v1$/.test(f.proto.package)),
    /** The roles that a method may name, as descriptors. */
    roles: registry.getEnum('kulturtorg.options.v1.Role').values.filter((v) => v.number > 0),
    /** Paragraphs of the comment above something; above a file's `syntax` for the file. */
    comment(desc) {
      const file = desc.kind === 'file' ? desc : desc.kind === 'rpc' ? desc.parent.file : (desc.file ?? desc.parent.file);
      if (!comments.has(file)) comments.set(file, commentsOf(file.proto));
      return comments.get(file)(...(desc.kind === 'file' ? ['file'] : pathOf(desc)));
    },
    access(method) {
      const access = read(method, 'access');
      if (!access) throw new Error(`${method.parent.typeName}.${method.name} says nothing of who may call it`);
      return { level: called('Level', access.level), roles: access.roles.map((r) => called('Role', r)), scope: called('Scope', access.scope) };
    },
    rule(field) {
      const rule = read(field, 'rule');
      return rule && { ...rule, format: called('Format', rule.format) };
    },
    personal: (field) => read(field, 'personal') === true,
    exported: (message) => read(message, 'exported') === true,
  };
}

/** `ROLE_HOUSE` of `Role` is called `house`. */
export const plain = (value, type) => value.slice(type.length + 1).toLowerCase();

/** Where a descriptor stands in its file, in the numbers of `google.protobuf.SourceCodeInfo`. */
function pathOf(desc) {
  const within = (list, number) => [...(desc.parent ? pathOf(desc.parent) : []), number, list.indexOf(desc.proto)];
  switch (desc.kind) {
    case 'message':
      return desc.parent ? within(desc.parent.proto.nestedType, 3) : within(desc.file.proto.messageType, 4);
    case 'enum':
      return desc.parent ? within(desc.parent.proto.enumType, 4) : within(desc.file.proto.enumType, 5);
    case 'service':
      return within(desc.file.proto.service, 6);
    case 'rpc':
      return within(desc.parent.proto.method, 2);
    case 'field':
      return within(desc.parent.proto.field, 2);
    case 'oneof':
      return within(desc.parent.proto.oneofDecl, 8);
    case 'enum_value':
      return within(desc.parent.proto.value, 2);
    default:
      throw new Error(`${desc} has no place in its file`);
  }
}

/** What a value of a field is: `string`, or the message or enum. */
export function valueOf(field) {
  const desc = field.message ?? field.enum;
  return desc ? { desc } : { scalar: ScalarType[field.scalar].toLowerCase() };
}
