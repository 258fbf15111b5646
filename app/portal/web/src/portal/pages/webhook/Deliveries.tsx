import { RedeliverWebhook, WebhookDeliveries } from "@operations/webhooks.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "urql";
import type { DeliveryFragment, WebhookDeliveryStatus } from "@/generated/operations";
import { useAct } from "../../client/act";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useLocale, useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Empty, Problem, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { millisecondsInWords } from "../administration/durations";
import { eventName } from "../automations/words";
import { readShown, type Shown, STATUSES } from "./shown";

const SIZE = 25;
const LOOKS_AGAIN = 3_000;

const TONES: Record<WebhookDeliveryStatus, string> = {
  DELIVERED: "badge good",
  FAILED: "badge bad",
  WAITING: "badge accent",
  WITHHELD: "badge",
};

/** What was sent, newest event first. The first page is looked at again while something in it waits. */
export function Deliveries({ id, sent }: { id: string; sent: number }) {
  const say = useText();
  const navigate = useNavigate();
  const { status }: Shown = readShown(useSearch({ strict: false }));
  const { rows, failure, after, isLoading, more, reload } = useDeliveries(id, status, sent);
  const columns = useColumns(reload);
  return (
    <section className="panel part" aria-label={say("webhooks.deliveries")}>
      <header className="deliveries-head">
        <h2>{say("webhooks.deliveries")}</h2>
        <Choice
          bare
          label={say("webhooks.status")}
          options={[
            { id: "", label: say("webhooks.status.all") },
            ...STATUSES.map((one) => ({ id: one, label: say(`webhooks.status.${one}`) })),
          ]}
          value={status ?? ""}
          choose={(next) =>
            void navigate({
              to: `/administration/webhooks/${id}`,
              search: readShown({ status: next }) as never,
              replace: true,
              resetScroll: false,
            })
          }
        />
      </header>
      {failure && !rows && <Problem failure={failure} retry={reload} />}
      {!rows && !failure && (
        <div className="part-waiting">
          <Skeleton lines={5} />
        </div>
      )}
      {rows?.length === 0 && <Empty icon="globe" title={say("webhooks.deliveries.none")} />}
      {rows && rows.length > 0 && (
        <FigureTable title={say("webhooks.deliveries")} columns={columns} rows={rows} rowKey={({ id }) => id} />
      )}
      {after && (
        <p className="part-more">
          <button type="button" className="button small" disabled={isLoading} onClick={more}>
            {say("inbox.more")}
          </button>
        </p>
      )}
    </section>
  );
}

interface State {
  rows?: readonly DeliveryFragment[];
  after?: string | null;
  failure?: Failure;
}

function useDeliveries(id: string, status: WebhookDeliveryStatus | undefined, sent: number) {
  const client = useClient();
  const [state, setState] = useState<State>({});
  const [isLoading, setLoading] = useState(false);
  const load = useCallback(
    async (before: readonly DeliveryFragment[], after: string | null, isWanted: () => boolean) => {
      setLoading(true);
      const variables = { id, filter: status ? { statuses: [status] } : {}, first: SIZE, after };
      const { data, error } = await client
        .query(WebhookDeliveries, variables, { requestPolicy: "network-only" })
        .toPromise();
      if (!isWanted()) return;
      setLoading(false);
      const page = data?.webhookEndpoint?.deliveries;
      if (!page) setState((old) => ({ ...old, ...(error && { failure: failureOf(error) }) }));
      else {
        const { nodes, pageInfo } = page;
        setState({ rows: [...before, ...nodes], after: pageInfo.hasNextPage ? pageInfo.endCursor : null });
      }
    },
    [client, id, status],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was just sent is to be seen
  useEffect(() => {
    let isWanted = true;
    void load([], null, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [load, sent]);
  const { rows, after } = state;
  const isWaiting = (rows?.length ?? 0) <= SIZE && rows?.some((one) => one.status === "WAITING");
  useEffect(() => {
    if (!isWaiting) return;
    let isWanted = true;
    const timer = setInterval(() => void load([], null, () => isWanted), LOOKS_AGAIN);
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [isWaiting, load]);
  return {
    ...state,
    isLoading,
    more: () => void load(rows ?? [], after ?? null, () => true),
    reload: () => void load([], null, () => true),
  };
}

function useColumns(reload: () => void): Column<DeliveryFragment>[] {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  return [
    {
      label: say("webhooks.column.type"),
      cell: ({ type }) => type,
      show: ({ type }) => eventName(say, type),
    },
    { label: say("webhooks.column.at"), cell: ({ at }) => at, show: ({ at }) => formats.time(at) },
    {
      label: say("webhooks.column.status"),
      cell: ({ status }) => status,
      show: (delivery) => (
        <>
          <span className={TONES[delivery.status]}>{say(`webhooks.status.${delivery.status}`)}</span>
          {delivery.status !== "WAITING" && <Again delivery={delivery} done={reload} />}
        </>
      ),
    },
    { label: say("webhooks.column.code"), cell: ({ statusCode }) => statusCode, isNumber: true },
    {
      label: say("webhooks.column.duration"),
      cell: ({ durationMs }) => durationMs,
      show: ({ durationMs }) => (durationMs === null ? "–" : millisecondsInWords(language, durationMs)),
      isNumber: true,
    },
    { label: say("webhooks.column.attempt"), cell: ({ attempt }) => attempt, isNumber: true },
    {
      label: say("webhooks.column.next"),
      cell: ({ nextAttemptAt }) => nextAttemptAt,
      show: ({ nextAttemptAt }) => (nextAttemptAt ? formats.ago(nextAttemptAt) : "–"),
    },
    {
      label: say("webhooks.column.answer"),
      cell: ({ answer, error }) => error ?? answer,
      show: ({ answer, error }) =>
        error || answer ? (
          <details>
            <summary>{error ?? say("webhooks.answer.show")}</summary>
            {answer && <pre>{answer}</pre>}
          </details>
        ) : (
          "–"
        ),
    },
  ];
}

function Again({ delivery, done }: { delivery: DeliveryFragment; done: () => void }) {
  const say = useText();
  const formats = useFormats();
  const { act, busy } = useAct(RedeliverWebhook);
  const send = async () => {
    if (!(await act({ input: { deliveryId: delivery.id, clientMutationId: crypto.randomUUID() } }))) return;
    toast(say("webhooks.redelivered"), "good");
    done();
  };
  const about = `${eventName(say, delivery.type)}, ${formats.time(delivery.at)}`;
  return (
    <div className="redeliver">
      <button
        type="button"
        className="figures-link"
        disabled={busy}
        aria-label={say("webhooks.redeliver.one", { about })}
        onClick={() => void send()}
      >
        {say("webhooks.redeliver")}
      </button>
    </div>
  );
}
