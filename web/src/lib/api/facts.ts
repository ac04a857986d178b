import { createClient } from '@connectrpc/connect';
import { StreamService } from '#gen/kulturtorg/stream/v1/stream_pb.ts';
import { transport } from './transport.ts';

export const facts = createClient(StreamService, transport);
