/** `node sse.mjs URL TOKEN single|distinct`: subscribes with graphql-sse, and prints what comes. */

import { createClient } from "graphql-sse";

const [url, token, mode] = process.argv.slice(2);
const client = createClient({
  url,
  singleConnection: mode === "single",
  headers: { Authorization: `Bearer ${token}` },
  retryAttempts: 0,
});
client.subscribe(
  { query: "{ viewer { user { name } } }" },
  {
    next: (result) => console.log(JSON.stringify(result.data)),
    error: (error) => console.log(JSON.stringify({ status: error.response?.status })),
    complete: () => client.dispose(),
  },
);
