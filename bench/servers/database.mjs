// A pool of node-postgres whose values arrive as the API writes them: instants and days as text, nothing parsed twice.
import pg from "pg";

const { PGHOST, PGUSER, PGDATABASE, POOL } = process.env;
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text.replace(" ", "T") + ":00");
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export const pool = new pg.Pool({ host: PGHOST, user: PGUSER, database: PGDATABASE, max: Number(POOL) });

/** A prepared statement: planned once on each connection. */
export const prepared = (name, text) => async (...values) => (await pool.query({ name, text, values })).rows;

/** A connection of its own that listens on a channel. */
export async function listen(channel, hear) {
  const client = new pg.Client({ host: PGHOST, user: PGUSER, database: PGDATABASE });
  await client.connect();
  client.on("notification", (message) => hear(message.payload));
  await client.query(`LISTEN ${channel}`);
}
