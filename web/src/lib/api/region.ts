import { createClient } from '@connectrpc/connect';
import { RegionService } from '#gen/kulturtorg/identity/v1/region_pb.ts';
import { transport } from './transport.ts';

export const region = createClient(RegionService, transport);
