// graphql-yoga with graphql-ws: events arrive by NOTIFY, each is read once and published to all who subscribe.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createPubSub, createSchema, createYoga, filter, pipe } from "graphql-yoga";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { listen, prepared } from "./database.mjs";

const pubSub = createPubSub();

const moveById = prepared(
  "move",
  `SELECT t.id, t.kind, t.at, f.key AS from_key, f.name AS from_name, u.key AS to_key, u.name AS to_name,
     o.id AS deal, o.name, o.version, o.status, o.amount, o.currency, o.partner_id, a.name AS account
   FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id JOIN account a ON a.id = o.account_id
   LEFT JOIN stage f ON f.id = t.from_stage_id JOIN stage u ON u.id = t.to_stage_id WHERE t.id = $1`,
);

function changed(row) {
  const stage = { key: row.to_key, name: row.to_name };
  return {
    cursor: Buffer.from(row.id).toString("base64"),
    transition: {
      id: `trn_${row.id}`, kind: row.kind, at: row.at, fromStage: { key: row.from_key, name: row.from_name }, toStage: stage,
    },
    opportunity: {
      id: `opp_${row.deal}`, name: row.name, version: row.version, status: row.status, stage, account: { name: row.account },
      amount: row.amount === null ? null : { amount: row.amount, currency: row.currency },
    },
  };
}

const wanted = (given) => ({ transition }) =>
  (!given?.toStageKeys || given.toStageKeys.includes(transition.toStage.key)) &&
  (!given?.kinds || given.kinds.includes(transition.kind));

const resolvers = {
  Subscription: {
    opportunityStageChanged: {
      subscribe: (_, args) => pipe(pubSub.subscribe("moved"), filter(wanted(args.filter))),
      resolve: (event) => event,
    },
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"), resolvers }),
  logging: false,
  graphiql: false,
});
const server = createServer(yoga);
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx, req: ctx.extra.request, socket: ctx.extra.socket, params,
      });
      const document = parse(params.query);
      const errors = validate(schema, document);
      if (errors.length) return errors;
      return {
        schema, document, operationName: params.operationName, variableValues: params.variables,
        contextValue: await contextFactory(), rootValue: { execute, subscribe },
      };
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);
// One after the other, so that events are published in the order in which they happened.
let last = Promise.resolve();
await listen("bench_moves", (id) => {
  last = last.then(async () => pubSub.publish("moved", changed((await moveById(id))[0])));
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
