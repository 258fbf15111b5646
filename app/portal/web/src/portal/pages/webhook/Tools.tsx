import {
  RemoveWebhookEndpoint,
  RotateWebhookSecret,
  SaveWebhookEndpoint,
  TestWebhook,
} from "@operations/webhooks.graphql";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { EndpointFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { Dialog } from "../../ui/Dialog";
import { LabelledText } from "../../ui/Labelled";
import { toast } from "../../ui/toasts";
import { State } from "../webhooks/State";

interface Given {
  endpoint: EndpointFragment;
  rotated: (secret: string) => void;
  tested: () => void;
}

/** How an endpoint is doing, and what is done with it as a whole. */
export function Tools({ endpoint, rotated, tested }: Given) {
  const say = useText();
  const formats = useFormats();
  const [asked, setAsked] = useState<"rotate" | "remove">();
  const switching = useAct(SaveWebhookEndpoint);
  const testing = useAct(TestWebhook);
  const { id, url, enabled, version, disabledReason, failingSince, restingUntil } = endpoint;
  const { secretChangedAt, formerSecretEndsAt, owner } = endpoint;
  const turn = async () => {
    const input = {
      endpointId: id,
      enabled: !enabled,
      expectedVersion: version,
      clientMutationId: crypto.randomUUID(),
    };
    if (await switching.act({ input }))
      toast(say(enabled ? "webhooks.disabled.done" : "webhooks.enabled.done"), "good");
  };
  const test = async () => {
    if (!(await testing.act({ input: { endpointId: id, clientMutationId: crypto.randomUUID() } }))) return;
    toast(say("webhooks.tested"), "good");
    tested();
  };
  return (
    <section className="panel admin-part" aria-label={url}>
      <div className="deliveries-head">
        <h2>
          {endpoint.description || url} <State endpoint={endpoint} />
        </h2>
        <div className="page-tools">
          <button type="button" className="button" disabled={testing.busy || !enabled} onClick={() => void test()}>
            {say("webhooks.test")}
          </button>
          <button type="button" className="button" onClick={() => setAsked("rotate")}>
            {say("webhooks.rotate")}
          </button>
          <button type="button" className="button" disabled={switching.busy} onClick={() => void turn()}>
            {say(enabled ? "webhooks.disable" : "webhooks.enable")}
          </button>
          <button type="button" className="button danger" onClick={() => setAsked("remove")}>
            {say("automation.remove")}
          </button>
        </div>
      </div>
      {disabledReason && <p className="admin-bad">{disabledReason}</p>}
      {failingSince && <p className="admin-bad">{say("webhooks.failing", { when: formats.ago(failingSince) })}</p>}
      <dl className="admin-facts">
        <div>
          <dt>{say("webhooks.url")}</dt>
          <dd>{url}</dd>
        </div>
        <div>
          <dt>{say("webhooks.owner")}</dt>
          <dd>{owner.name}</dd>
        </div>
        <div>
          <dt>{say("webhooks.secret.since")}</dt>
          <dd>{formats.time(secretChangedAt)}</dd>
        </div>
        {formerSecretEndsAt && new Date(formerSecretEndsAt) > new Date() && (
          <div>
            <dt>{say("webhooks.secret.former")}</dt>
            <dd>{formats.time(formerSecretEndsAt)}</dd>
          </div>
        )}
        {restingUntil && new Date(restingUntil) > new Date() && (
          <div>
            <dt>{say("webhooks.resting")}</dt>
            <dd>{formats.time(restingUntil)}</dd>
          </div>
        )}
      </dl>
      {asked === "rotate" && <Rotation endpoint={endpoint} rotated={rotated} close={() => setAsked(undefined)} />}
      {asked === "remove" && <Removal endpoint={endpoint} close={() => setAsked(undefined)} />}
    </section>
  );
}

interface Asked {
  endpoint: EndpointFragment;
  close: () => void;
}

function Rotation({ endpoint, rotated, close }: Asked & { rotated: (secret: string) => void }) {
  const say = useText();
  const [hours, setHours] = useState("24");
  const { act, busy } = useAct(RotateWebhookSecret);
  const overlapHours = /^\d{1,3}$/.test(hours.trim()) ? Number(hours) : undefined;
  const rotate = async () => {
    const input = {
      endpointId: endpoint.id,
      expectedVersion: endpoint.version,
      clientMutationId: crypto.randomUUID(),
      overlapHours: overlapHours ?? 24,
    };
    const data = await act({ input });
    if (!data) return;
    close();
    const { secret } = data.rotateWebhookSecret;
    if (secret) rotated(secret);
  };
  return (
    <Dialog title={say("webhooks.rotate")} close={close}>
      <p>{say("webhooks.rotate.about")}</p>
      <LabelledText
        label={say("webhooks.rotate.hours")}
        type="number"
        value={hours}
        change={setHours}
        error={overlapHours === undefined ? say("webhooks.rotate.wrong") : undefined}
      />
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("cancel")}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy || overlapHours === undefined}
          onClick={() => void rotate()}
        >
          {say("webhooks.rotate.do")}
        </button>
      </footer>
    </Dialog>
  );
}

function Removal({ endpoint, close }: Asked) {
  const say = useText();
  const navigate = useNavigate();
  const { act, busy } = useAct(RemoveWebhookEndpoint);
  const remove = async () => {
    const { id, version } = endpoint;
    const input = { endpointId: id, expectedVersion: version, clientMutationId: crypto.randomUUID() };
    if (!(await act({ input }))) return;
    toast(say("webhooks.removed"), "good");
    void navigate({ to: "/administration/webhooks" });
  };
  return (
    <Dialog title={say("webhooks.remove.title")} close={close}>
      <p>{say("webhooks.remove.about", { url: endpoint.url })}</p>
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("cancel")}
        </button>
        <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>
          {say("automation.remove")}
        </button>
      </footer>
    </Dialog>
  );
}
