import { createClient } from '@connectrpc/connect';
import { IdentityService } from '#gen/kulturtorg/identity/v1/identity_pb.ts';
import { transport } from './transport.ts';

export const identity = createClient(IdentityService, transport);
