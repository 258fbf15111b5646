// Mercurius with its JIT and DataLoader over Stagepath's own tables, written as its documentation advises.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import Fastify from "fastify";
import mercurius from "mercurius";
import { prepared } from "./database.mjs";

const DEAL =
  'id, name, version, status, expected_close_date AS "expectedCloseDate", entered_stage_at AS "enteredStageAt",' +
  ' updated_at AS "updatedAt", next_step AS "nextStep", amount, currency, stage_id, partner_id, account_id';
const STAGE = 'id, key, name, win_probability AS "winProbability"';

const dealById = prepared("deal", `SELECT ${DEAL} FROM opportunity WHERE id = $1`);
const dealsOfPartner = prepared(
  "deals",
  `SELECT ${DEAL} FROM opportunity WHERE partner_id = $1 ORDER BY updated_at DESC, id DESC LIMIT $2`,
);
const stagesById = prepared("stages", `SELECT ${STAGE} FROM stage WHERE id = ANY ($1::uuid[])`);
const partnersById = prepared("partners", "SELECT id, name, tier, region FROM organization WHERE id = ANY ($1::uuid[])");
const accountsById = prepared("accounts", "SELECT id, name, industry, country FROM account WHERE id = ANY ($1::uuid[])");
const transitionsOf = prepared(
  "transitions",
  `SELECT t.* FROM unnest($1::uuid[]) AS o(id) CROSS JOIN LATERAL (
     SELECT opportunity_id, id, kind, at, reason, from_stage_id, to_stage_id FROM stage_transition
     WHERE opportunity_id = o.id ORDER BY seq DESC LIMIT $2) t`,
);
const contentsOf = prepared(
  "contents",
  `SELECT c.* FROM unnest($1::uuid[]) AS s(id) CROSS JOIN LATERAL (
     SELECT l.stage_id, k.id, k.key, k.title, k.kind, k.language FROM stage_content l JOIN content k ON k.id = l.content_id
     WHERE l.stage_id = s.id ORDER BY l.position LIMIT $2) c`,
);

const byId = (read) =>
  new DataLoader(async (ids) => {
    const rows = new Map((await read(ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });

const listsOf = (read, owner) =>
  new DataLoader(
    async (keys) => {
      const lists = new Map(keys.map((key) => [key.id, []]));
      for (const row of await read([...lists.keys()], keys[0].first)) lists.get(row[owner]).push(row);
      return keys.map((key) => ({ nodes: lists.get(key.id) }));
    },
    { cacheKeyFn: (key) => `${key.id}:${key.first}` },
  );

const cursor = (deal) => Buffer.from(JSON.stringify([deal.updatedAt, deal.id])).toString("base64");

const resolvers = {
  Query: {
    opportunity: async (_, { id }) => (await dealById(id))[0] ?? null,
    opportunities: async (_, { first, filter }) => {
      const rows = await dealsOfPartner(filter.partnerId, first + 1);
      const nodes = rows.slice(0, first);
      return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: nodes.length ? cursor(nodes.at(-1)) : null } };
    },
  },
  Opportunity: {
    amount: (deal) => (deal.amount === null ? null : { amount: deal.amount, currency: deal.currency }),
    stage: (deal, _, { stages }) => stages.load(deal.stage_id),
    partner: (deal, _, { partners }) => partners.load(deal.partner_id),
    account: (deal, _, { accounts }) => accounts.load(deal.account_id),
    transitions: (deal, { first }, { transitions }) => transitions.load({ id: deal.id, first }),
  },
  Stage: { contents: (stage, { first }, { contents }) => contents.load({ id: stage.id, first }) },
  StageTransition: {
    fromStage: (move, _, { stages }) => (move.from_stage_id === null ? null : stages.load(move.from_stage_id)),
    toStage: (move, _, { stages }) => stages.load(move.to_stage_id),
  },
};

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"),
  resolvers,
  jit: 1,
  context: () => ({
    stages: byId(stagesById),
    partners: byId(partnersById),
    accounts: byId(accountsById),
    transitions: listsOf(transitionsOf, "opportunity_id"),
    contents: listsOf(contentsOf, "stage_id"),
  }),
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
console.log("ready");
