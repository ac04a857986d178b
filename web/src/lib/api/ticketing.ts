import { createClient } from '@connectrpc/connect';
import { TicketingService } from '#gen/kulturtorg/ticketing/v1/ticketing_pb.ts';
import { transport } from './transport.ts';

export const ticketing = createClient(TicketingService, transport);
