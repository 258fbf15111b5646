import { EventsSince, ReplayWebhook } from "@operations/webhooks.graphql";
import { useState } from "react";
import { useClient } from "urql";
import type { EndpointFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { failureOf } from "../../client/failures";
import { useFormats, useText } from "../../messages/context";
import { Dialog } from "../../ui/Dialog";
import { LabelledText } from "../../ui/Labelled";
import { toast } from "../../ui/toasts";

/** Past events sent again: how far it has come, and the way to begin. */
export function Replay({ endpoint }: { endpoint: EndpointFragment }) {
  const say = useText();
  const formats = useFormats();
  const [asked, setAsked] = useState(false);
  const { replay, enabled } = endpoint;
  const isRunning = replay?.status === "RUNNING";
  return (
    <section className="panel admin-part" aria-label={say("webhooks.replay")}>
      <div className="deliveries-head">
        <h2>{say("webhooks.replay")}</h2>
        <button type="button" className="button" disabled={isRunning || !enabled} onClick={() => setAsked(true)}>
          {say("webhooks.replay.ask")}
        </button>
      </div>
      {replay ? (
        <div className="admin-progress" role="status">
          {isRunning && <progress aria-label={say("webhooks.replay")} />}
          <span className={isRunning ? "badge accent" : replay.status === "DONE" ? "badge good" : "badge"}>
            {say(`webhooks.replay.${replay.status}`)}
          </span>
          <span>
            {say("webhooks.replay.told", { count: replay.told })}
            {replay.reachedAt && ` · ${say("webhooks.replay.reached", { when: formats.time(replay.reachedAt) })}`}
          </span>
          <span className="quiet">{say("webhooks.replay.begun", { when: formats.time(replay.startedAt) })}</span>
        </div>
      ) : (
        <p className="quiet">{say("webhooks.replay.none")}</p>
      )}
      {asked && <Question id={endpoint.id} close={() => setAsked(false)} />}
    </section>
  );
}

function Question({ id, close }: { id: string; close: () => void }) {
  const say = useText();
  const client = useClient();
  const { act, busy } = useAct(ReplayWebhook);
  const [since, setSince] = useState("");
  const [isLooking, setLooking] = useState(false);
  /** The last event before then; null where the log begins later. */
  const cursorBefore = async (moment: string): Promise<string | null | undefined> => {
    const variables = { since: new Date(moment).toISOString() };
    const { data, error } = await client.query(EventsSince, variables, { requestPolicy: "network-only" }).toPromise();
    if (data) return data.events.nodes[0]?.cursor ?? null;
    toast(say(`problem.${error ? failureOf(error).kind : "ours"}`), "bad");
    return undefined;
  };
  const begin = async () => {
    setLooking(true);
    const after = since ? await cursorBefore(since) : null;
    setLooking(false);
    if (after === undefined) return;
    const input = { endpointId: id, after, clientMutationId: crypto.randomUUID() };
    if (await act({ input })) close();
  };
  return (
    <Dialog title={say("webhooks.replay.ask")} close={close}>
      <p>{say("webhooks.replay.about")}</p>
      <LabelledText
        label={say("webhooks.replay.since")}
        type="datetime-local"
        value={since}
        change={setSince}
        hint={say("webhooks.replay.since.about")}
      />
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("cancel")}
        </button>
        <button type="button" className="button primary" disabled={busy || isLooking} onClick={() => void begin()}>
          {say("webhooks.replay.do")}
        </button>
      </footer>
    </Dialog>
  );
}
