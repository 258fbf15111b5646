/**
 * `node restart.mjs URL TOKEN AFTER`: listens after a cursor by every client, each as `docs/clients.md` sets it up.
 *
 * It prints a line of JSON for each event, with the client's name, and for each end that comes.
 */

import { gql } from "@apollo/client";
import { parse } from "graphql";
import { requestSubscription } from "relay-runtime";
import { apollo } from "./apollo.mjs";
import { events } from "./events.mjs";
import { moves, MOVES } from "./moves.mjs";
import { relay } from "./relay.mjs";
import { resuming } from "./resuming.mjs";
import { socket } from "./socket.mjs";
import { urql } from "./urql.mjs";

const [url, token, after] = process.argv.slice(2);
const socketUrl = url.replace("http", "ws");
const sign = () => token;
const connect = () => socket(socketUrl, sign);
const say = (client, seen) => console.log(JSON.stringify({ client, ...seen }));
const sink = (client) => ({
  next: (result) => say(client, { event: result.data?.opportunityStageChanged, errors: result.errors ?? result.error }),
  error: (error) => say(client, { ended: String(error?.reason ?? error) }),
  complete: () => say(client, { ended: "complete" }),
});
const variables = { after };

resuming(connect()).subscribe({ query: MOVES, variables }, sink("graphql-ws"));
events(url, sign).subscribe({ query: MOVES, variables }, sink("graphql-sse"));
apollo(connect()).subscribe({ query: gql(MOVES), variables }).subscribe(sink("apollo"));
urql(url, connect()).subscription(parse(MOVES), variables).subscribe((result) => sink("urql").next(result));
requestSubscription(relay(url, sign, connect()), {
  subscription: moves,
  variables,
  onNext: (data) => say("relay", { event: data.opportunityStageChanged }),
  onError: (error) => say("relay", { ended: String(error) }),
  onCompleted: () => say("relay", { ended: "complete" }),
});
