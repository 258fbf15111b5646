import { DealHistory } from "@operations/deal.graphql";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import type { DealHistoryQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { Ready, Skeleton } from "../../ui/states";

type Event = NonNullable<DealHistoryQuery["opportunity"]>["events"]["edges"][number]["node"];

const STEP = 15;
const MOST = 100;

/** What happened, newest first. */
export function History({ id, changes }: { id: string; changes: number }) {
  const say = useText();
  const formats = useFormats();
  const [last, setLast] = useState(STEP);
  const [result, again] = useQuery({ query: DealHistory, variables: { id, last } });
  useEffect(() => {
    if (changes > 0) again({ requestPolicy: "network-only" });
  }, [changes, again]);
  return (
    <section className="panel deal-part" aria-labelledby="history">
      <header>
        <h2 id="history">{say("deal.history")}</h2>
      </header>
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={5} />}>
        {({ opportunity }) => (
          <>
            <ol className="timeline">
              {[...(opportunity?.events.edges ?? [])].reverse().map(({ cursor, node }) => (
                <li key={cursor} data-move={node.transition ? true : undefined}>
                  <span>{told(say, node)}</span>
                  {node.transition?.reason && <q>{node.transition.reason}</q>}
                  <time className="quiet" dateTime={node.at} title={formats.time(node.at)}>
                    {formats.ago(node.at)}
                  </time>
                </li>
              ))}
            </ol>
            {opportunity?.events.pageInfo.hasPreviousPage && last < MOST && (
              <button type="button" className="button small" onClick={() => setLast(Math.min(MOST, last + STEP * 2))}>
                {say("deal.earlier")}
              </button>
            )}
          </>
        )}
      </Ready>
    </section>
  );
}

function told(say: ReturnType<typeof useText>, { type, actor, transition, fields }: Event): string {
  const who = actor?.name ?? say("deal.somebody");
  if (transition?.fromStage) {
    const values = { who, stage: transition.toStage.name };
    return say(transition.automatic ? "history.advanced" : "history.moved", values);
  }
  const key: Key = TOLD[type] ?? "history.other";
  return say(key, { who, fields: fields.map((name) => say(`field.${name}` as Key)).join(", ") });
}

const TOLD: Partial<Record<Event["type"], Key>> = {
  OPPORTUNITY_CREATED: "history.created",
  OPPORTUNITY_UPDATED: "history.updated",
  OPPORTUNITY_CAME: "history.came",
  OPPORTUNITY_LEFT: "history.left",
  CRITERION_MARKED: "history.marked",
  ACTIVITY_COMPLETED: "history.activity",
  COMMENT_ADDED: "history.commented",
  COMMENT_EDITED: "history.commented",
  COMMENT_REMOVED: "history.commented",
  TASK_CREATED: "history.task",
  TASK_UPDATED: "history.task",
  TASK_COMPLETED: "history.task.done",
  TASK_OVERDUE: "history.task.overdue",
  CONTACT_CHANGED: "history.contact",
  CONTACT_REMOVED: "history.contact",
  INVITATION_CHANGED: "history.invitation",
  RECOMMENDATIONS_UPDATED: "history.advice",
  REGISTRATION_APPROVED: "history.registration.approved",
  REGISTRATION_SUBMITTED: "history.registration",
  REGISTRATION_EXTENDED: "history.registration",
  REGISTRATION_EXPIRED: "history.registration",
  REGISTRATION_EXPIRING: "history.registration",
  REGISTRATION_REVOKED: "history.registration",
};
