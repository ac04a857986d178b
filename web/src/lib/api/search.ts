import { createClient } from '@connectrpc/connect';
import { SearchService } from '#gen/kulturtorg/search/v1/search_pb.ts';
import { transport } from './transport.ts';

export const search = createClient(SearchService, transport);
