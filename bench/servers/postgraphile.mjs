// PostGraphile 5 over Stagepath's own tables, set up for production as its documentation advises.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { jsonPgSmartTags } from "postgraphile/utils";

const { PORT, PGHOST, PGUSER, PGDATABASE, POOL } = process.env;

// The only order that the documents need and no index suggests: a stage's content by its place in the playbook.
const tags = jsonPgSmartTags({
  version: 1,
  config: { attribute: { "public.stage_content.position": { tags: { behavior: "+attribute:orderBy" } } } },
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [tags],
  pgServices: [
    makePgService({
      schemas: ["public"],
      poolConfig: { host: PGHOST, user: PGUSER, database: PGDATABASE, max: Number(POOL) },
    }),
  ],
  gather: { installWatchFixtures: false },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
};

const server = createServer();
const pgl = postgraphile(preset);
await pgl.createServ(grafserv).addTo(server);
await pgl.getSchema();
server.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
