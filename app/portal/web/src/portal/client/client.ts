import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { getOperationName } from "./names";
import { ENDPOINT, follow, send } from "./transport";

/**
 * Of whoever is signed in: made anew for somebody else, so that nothing of one is shown to another.
 *
 * The cache is normalised by `__typename` and `id`; what has no `id` lives in what it was read with.
 */
export function makeClient(): Client {
  return new Client({
    url: ENDPOINT,
    fetch: send,
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    exchanges: [
      cacheExchange({}),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request, operation) => ({
          subscribe: (sink) => ({
            unsubscribe: follow(getOperationName(operation.query), { ...request.variables }, sink as never),
          }),
        }),
      }),
    ],
  });
}
