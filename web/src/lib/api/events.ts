import { createClient } from '@connectrpc/connect';
import { EventsService } from '#gen/kulturtorg/events/v1/events_pb.ts';
import { transport } from './transport.ts';

export const events = createClient(EventsService, transport);
