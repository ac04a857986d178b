import { createClient } from '@connectrpc/connect';
import { GuidanceService } from '#gen/kulturtorg/guidance/v1/guidance_pb.ts';
import { transport } from './transport.ts';

export const guidance = createClient(GuidanceService, transport);
