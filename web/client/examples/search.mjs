import { openGateway, problemOf } from '@kulturtorg/client';
import { SearchService } from '@kulturtorg/client/search';

const search = openGateway(process.env.GATEWAY ?? 'http://localhost:8080').client(SearchService);
try {
  const { results } = await search.search({ query: process.argv[2] ?? 'dans', pageSize: 5 });
  for (const { title, municipality } of results) console.log(`${title} (${municipality})`);
} catch (error) {
  console.error(problemOf(error));
}
