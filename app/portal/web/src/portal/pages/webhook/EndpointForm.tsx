import { SaveWebhookEndpoint } from "@operations/webhooks.graphql";
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import type { EndpointFragment, EventType } from "@/generated/operations";
import { failureOf } from "../../client/failures";
import { useText } from "../../messages/context";
import { LabelledText } from "../../ui/Labelled";
import { toast } from "../../ui/toasts";
import { Problems, type Wrong } from "../automation/problems";
import { EventPicker } from "../automations/EventPicker";

interface Values {
  url: string;
  description: string;
  eventTypes: readonly EventType[];
  changedFields: string;
  filter: string;
  document: string;
  ordered: boolean;
}

function valuesOf(endpoint: EndpointFragment | undefined): Values {
  return {
    url: endpoint?.url ?? "",
    description: endpoint?.description ?? "",
    eventTypes: endpoint?.eventTypes ?? [],
    changedFields: endpoint?.changedFields.join(", ") ?? "",
    filter: endpoint?.filter ?? "",
    document: endpoint?.document ?? "",
    ordered: endpoint?.ordered ?? false,
  };
}

interface Given {
  endpoint?: EndpointFragment;
  saved: (endpoint: EndpointFragment, secret: string | null) => void;
}

/** What an endpoint is told, and where. What was typed stays when somebody else has saved meanwhile. */
export function EndpointForm({ endpoint, saved }: Given) {
  const say = useText();
  const client = useClient();
  /** What the form is based on. */
  const [base, setBase] = useState(endpoint);
  const [values, setValues] = useState<Values>(() => valuesOf(endpoint));
  const [wrong, setWrong] = useState<readonly Wrong[]>([]);
  const [busy, setBusy] = useState(false);
  const problems = new Problems(wrong);
  const isChanged = JSON.stringify(values) !== JSON.stringify(valuesOf(base));
  const isOutdated = Boolean(endpoint && base && endpoint.version > base.version);
  if (isOutdated && !isChanged) {
    setBase(endpoint);
    setValues(valuesOf(endpoint));
  }
  // Rotating and switching make versions as well, which touch nothing that is written here.
  const isTheirs = isOutdated && isChanged && JSON.stringify(valuesOf(endpoint)) !== JSON.stringify(valuesOf(base));
  const set = (changes: Partial<Values>) => {
    setValues((before) => ({ ...before, ...changes }));
    setWrong([]);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const { changedFields, eventTypes, url, description, filter, document, ordered } = values;
    const input = {
      clientMutationId: crypto.randomUUID(),
      ...(endpoint && { endpointId: endpoint.id, expectedVersion: endpoint.version }),
      url: url.trim(),
      description: description.trim() || null,
      eventTypes: [...eventTypes],
      changedFields: changedFields
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean),
      filter: filter.trim() || null,
      document: document.trim() || null,
      ordered,
    };
    const { data, error } = await client.mutation(SaveWebhookEndpoint, { input }).toPromise();
    setBusy(false);
    if (!data) {
      const { kind, message, requestId } = {
        message: "",
        requestId: "",
        ...(error ? failureOf(error) : { kind: "ours" as const }),
      };
      const what = message && kind !== "ours" ? message : say(`problem.${kind}`);
      toast(requestId ? `${what} ${say("problem.request")} ${requestId}` : what, "bad");
      return;
    }
    const { endpoint: stands, secret, userErrors } = data.upsertWebhookEndpoint;
    // The endpoint as it stands came with the answer, and is shown beside what was typed.
    if (userErrors.some(({ code }) => code === "CONFLICT")) return;
    if (userErrors.length || !stands) {
      setWrong(userErrors);
      toast(say("automation.wrong", { count: userErrors.length }), "bad");
      return;
    }
    setBase(stands);
    setValues(valuesOf(stands));
    toast(say("webhooks.saved"), "good");
    saved(stands, secret);
  };
  return (
    <form className="panel endpoint-form" onSubmit={(event) => void submit(event)} noValidate>
      {isTheirs && (
        <p className="note endpoint-wide" role="alert">
          {say("webhooks.conflict")}{" "}
          <button
            type="button"
            className="button small"
            onClick={() => {
              setBase(endpoint);
              setValues(valuesOf(endpoint));
            }}
          >
            {say("webhooks.conflict.take")}
          </button>
        </p>
      )}
      <LabelledText
        label={say("webhooks.url")}
        type="url"
        value={values.url}
        change={(url) => set({ url })}
        error={problems.within("url")}
        isRequired
      />
      <LabelledText
        label={say("webhooks.description")}
        value={values.description}
        change={(description) => set({ description })}
        error={problems.within("description")}
        most={500}
      />
      <div className="endpoint-wide">
        <EventPicker
          label={say("webhooks.events")}
          chosen={values.eventTypes}
          change={(eventTypes) => set({ eventTypes })}
          error={problems.within("eventTypes")}
          none={say("webhooks.every")}
        />
      </div>
      <div className="endpoint-wide">
        <LabelledText
          label={say("webhooks.fields")}
          value={values.changedFields}
          change={(changedFields) => set({ changedFields })}
          error={problems.within("changedFields")}
          hint={say("webhooks.fields.about")}
        />
      </div>
      <div className="endpoint-wide">
        <LabelledText
          label={say("webhooks.filter")}
          value={values.filter}
          change={(filter) => set({ filter })}
          error={problems.within("filter")}
          hint={<code>{'event.toStage == "proposal" && deal.amount > 100000.0'}</code>}
          lines={2}
          isCode
        />
      </div>
      <div className="endpoint-wide">
        <LabelledText
          label={say("webhooks.document")}
          value={values.document}
          change={(document) => set({ document })}
          error={problems.within("document")}
          hint={say("webhooks.document.about")}
          lines={3}
          isCode
        />
      </div>
      {problems
        .besides("", ["url", "description", "eventTypes", "changedFields", "filter", "document"])
        .map((message) => (
          <p key={message} className="labelled-error endpoint-wide">
            {message}
          </p>
        ))}
      <div className="endpoint-end">
        <label className="toggle">
          <input
            type="checkbox"
            checked={values.ordered}
            onChange={(event) => set({ ordered: event.target.checked })}
          />
          {say("webhooks.ordered")}
        </label>
        <button type="submit" className="button primary" disabled={busy || (Boolean(endpoint) && !isChanged)}>
          {say(endpoint ? (isTheirs ? "webhooks.save.over" : "webhooks.save") : "webhooks.create")}
        </button>
      </div>
    </form>
  );
}
