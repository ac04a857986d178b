// The test service's contract, from its descriptors.
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

export function contract(bytes) {
  const set = fromBinary(FileDescriptorSetSchema, bytes);
  const service = set.file.find((file) => file.package === "probe.v1").service[0];
  // A method that callers know and nobody offers.
  service.method.push({ ...service.method[0], name: "Nothing" });
  const registry = createFileRegistry(set);
  return { service: registry.getService("probe.v1.ProbeService"), failure: registry.getMessage("probe.v1.Failure") };
}
