import { createClient } from '@connectrpc/connect';
import { ReviewService } from '#gen/kulturtorg/review/v1/review_pb.ts';
import { transport } from './transport.ts';

export const review = createClient(ReviewService, transport);
