import { createClient } from '@connectrpc/connect';
import { NotifyService } from '#gen/kulturtorg/notify/v1/notify_pb.ts';
import { transport } from './transport.ts';

export const notify = createClient(NotifyService, transport);
