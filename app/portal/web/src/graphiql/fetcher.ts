/** Queries and mutations by POST, subscriptions over a WebSocket of their own. */

import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { signed } from "./people";

const http = new URL(location.pathname, location.origin);
const socket = new URL(http);
socket.protocol = socket.protocol.replace("http", "ws");

const send = createGraphiQLFetcher({
  url: http.href,
  subscriptionUrl: socket.href,
  enableIncrementalDelivery: false, // which is not served, and would ask for multipart answers
});

export const fetcher: Fetcher = (operation, given) =>
  send(operation, { ...given, headers: signed((given?.headers ?? {}) as Record<string, string>) });
