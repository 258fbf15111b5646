import { createClient, type Client as Socket } from "graphql-ws";
import { ROOT, under } from "../options";
import { renewed, token } from "../session/session";
import { named } from "./trusted";

export const ENDPOINT = under("graphql");

/** Sends the id of an operation's document in its place, as whoever is signed in; once more when the token had ended. */
export const send: typeof fetch = async (_, init) => {
  const { operationName, variables } = JSON.parse(String(init?.body)) as { operationName: string; variables: unknown };
  const body = JSON.stringify(named(operationName, variables));
  const post = async () =>
    fetch(ENDPOINT, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        authorization: `Bearer ${await token()}`,
      },
      body,
      signal: init?.signal ?? null,
    });
  const response = await post();
  if (response.status !== 401) return response;
  await renewed();
  return post();
};

const LONGEST_PAUSE = 15_000;

/** Not all clients at once, and never for long. */
const pause = (retries: number) =>
  new Promise<void>((resolve) =>
    setTimeout(resolve, Math.min(LONGEST_PAUSE, 300 * 2 ** retries) * (0.5 + Math.random())),
  );

export type Connection = "connecting" | "open" | "lost";

let state: Connection = "connecting";
const watchers = new Set<() => void>();

function become(next: Connection): void {
  if (state === next) return;
  state = next;
  for (const watch of watchers) watch();
}

export const connection = {
  now: () => state,
  watch(changed: () => void): () => void {
    watchers.add(changed);
    return () => watchers.delete(changed);
  },
};

interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** Of a subscription's result: where to go on after it. */
function cursorOf(result: { data?: Record<string, { cursor?: string }> | null }): string | undefined {
  return Object.values(result.data ?? {})[0]?.cursor;
}

let socket: Socket | undefined;

function opened(): Socket {
  socket ??= createClient({
    url: new URL("graphql", ROOT).href.replace(/^http/, "ws"),
    connectionParams: async () => ({ Authorization: `Bearer ${await token()}` }),
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: pause,
    keepAlive: 20_000,
    lazyCloseTimeout: 5_000, // from one page to the next there may be no subscription for a moment
    on: {
      connected: () => become("open"),
      // 1000: there was nothing more to listen to.
      closed: (event) => become((event as CloseEvent).code === 1000 ? "connecting" : "lost"),
      error: () => become("lost"),
    },
  });
  return socket;
}

/** Ends the socket: who signs in next has another. */
export function hangUp(): void {
  void socket?.dispose();
  socket = undefined;
}

/** A subscription that goes on after the last event that came, whatever became of the connection meanwhile. */
export function follow(operationName: string, given: Record<string, unknown>, sink: Sink): () => void {
  const variables = { ...given };
  return opened().subscribe({ ...named(operationName, variables), query: "" } as never, {
    next(result) {
      const cursor = cursorOf(result as never);
      if (cursor) variables.after = cursor;
      sink.next(result);
    },
    error: (error) => sink.error(error),
    complete: () => sink.complete(),
  });
}
