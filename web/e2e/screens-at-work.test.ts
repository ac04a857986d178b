// The screens of those who sign in to work: producers and the region's and houses' own people.
import { producing, working } from './screens/table.ts';
import { visits } from './screens/visit.ts';

visits([...producing, ...working]);
