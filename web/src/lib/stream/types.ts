// The types of facts that are exported, read from the contract, so that a new one is in the list on the day it is written.
import { getOption, type DescFile } from '@bufbuild/protobuf';
import { file_kulturtorg_events_v1_published as events } from '#gen/kulturtorg/events/v1/published_pb.ts';
import { file_kulturtorg_guidance_v1_published as guidance } from '#gen/kulturtorg/guidance/v1/published_pb.ts';
import { exported } from '#gen/kulturtorg/options/v1/options_pb.ts';
import { file_kulturtorg_profiles_v1_published as profiles } from '#gen/kulturtorg/profiles/v1/published_pb.ts';
import { file_kulturtorg_review_v1_published as review } from '#gen/kulturtorg/review/v1/published_pb.ts';
import { file_kulturtorg_ticketing_v1_published as ticketing } from '#gen/kulturtorg/ticketing/v1/published_pb.ts';

const files: DescFile[] = [events, guidance, profiles, review, ticketing];

export const exportedTypes: string[] = files
  .flatMap((file) => file.messages)
  .filter((message) => getOption(message, exported))
  .map((message) => message.typeName)
  .sort();
