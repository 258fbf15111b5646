/** `node caches.mjs URL TOKEN`: says of each part of a deal whether Apollo's cache keeps what was asked for in two goes. */

import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";

const [uri, token] = process.argv.slice(2);
const link = new HttpLink({ uri, headers: { authorization: `Bearer ${token}` } });
const client = new ApolloClient({ cache: new InMemoryCache(), link });
const PARTS = {
  criteria: ["met", "evidence"],
  activities: ["status", "note"],
  qualification: ["label", "answer"],
  allowedTransitions: ["kind", "allowed"],
};
const kept = {};
for (const [part, fields] of Object.entries(PARTS)) {
  const [one, other] = fields.map((field) => gql`{ opportunities(first: 5) { nodes { id ${part} { id ${field} } } } }`);
  await client.query({ query: one });
  await client.query({ query: other });
  const found = client.cache.readQuery({ query: one });
  kept[part] = found?.opportunities.nodes.some((deal) => deal[part].length > 0) ?? false;
}
console.log(JSON.stringify(kept));
