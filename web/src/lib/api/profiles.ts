import { createClient } from '@connectrpc/connect';
import { ProfilesService } from '#gen/kulturtorg/profiles/v1/profiles_pb.ts';
import { transport } from './transport.ts';

export const profiles = createClient(ProfilesService, transport);
