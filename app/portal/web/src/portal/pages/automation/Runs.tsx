import { AutomationRuns } from "@operations/automations.graphql";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import type { AutomationRunRowFragment } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { eventName, TONES } from "../automations/words";

const SIZE = 25;
const LOOKS_AGAIN = 5_000;

/** What an automation did, newest first. The first page is looked at again while it is on the screen. */
export function Runs({ id }: { id: string }) {
  const say = useText();
  const [pages, setPages] = useState<readonly string[]>([]);
  return (
    <section className="panel part" aria-label={say("automation.part.runs")}>
      {["", ...pages].map((after, place) => (
        <Page
          key={after}
          id={id}
          after={after || null}
          isFirst={place === 0}
          isLast={place === pages.length}
          more={(next) => setPages((before) => [...before, next])}
        />
      ))}
    </section>
  );
}

interface PageGiven {
  id: string;
  after: string | null;
  isFirst: boolean;
  isLast: boolean;
  more: (after: string) => void;
}

function Page({ id, after, isFirst, isLast, more }: PageGiven) {
  const say = useText();
  const [result, again] = useQuery({ query: AutomationRuns, variables: { id, first: SIZE, after } });
  const isAlone = isFirst && isLast;
  useEffect(() => {
    if (!isAlone) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again({ requestPolicy: "network-only" });
    }, LOOKS_AGAIN);
    return () => clearInterval(timer);
  }, [isAlone, again]);
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="part-waiting">
          <Skeleton lines={6} />
        </div>
      }
    >
      {({ automation }) => {
        const { nodes = [], pageInfo } = automation?.runs ?? {};
        return (
          <>
            {nodes.length === 0 && isFirst && (
              <Empty icon="bolt" title={say("automation.runs.none")}>
                <p>{say("automation.runs.none.about")}</p>
              </Empty>
            )}
            <ul>
              {nodes.map((run) => (
                <Row key={run.id} run={run} />
              ))}
            </ul>
            {isLast && pageInfo?.hasNextPage && pageInfo.endCursor && (
              <p className="part-more">
                <button type="button" className="button small" onClick={() => more(pageInfo.endCursor ?? "")}>
                  {say("inbox.more")}
                </button>
              </p>
            )}
          </>
        );
      }}
    </Ready>
  );
}

function Row({ run }: { run: AutomationRunRowFragment }) {
  const say = useText();
  const formats = useFormats();
  const { status, opportunity, registration, event, startedAt, version, depth, error, steps } = run;
  return (
    <li className="run">
      <div className="run-head">
        <span className={`badge ${TONES[status]}`}>{say(`automations.status.${status}`)}</span>
        <p className="line-title">
          {opportunity && <Link to={`/deals/${opportunity.id}`}>{opportunity.name}</Link>}
          {!opportunity && registration && <Link to={`/registrations/${registration.id}`}>{registration.number}</Link>}
          {!opportunity && !registration && say("automation.nodeal")}
        </p>
        <p className="line-about">
          <time dateTime={startedAt} title={formats.time(startedAt)}>
            {formats.ago(startedAt)}
          </time>
          <span>{event ? eventName(say, event.type) : say("automation.bytime")}</span>
          <span>{say("automation.runs.version", { version })}</span>
          {depth > 0 && <span>{say("automation.depth", { count: depth })}</span>}
        </p>
      </div>
      {error && <p className="run-error">{error}</p>}
      <ol className="run-steps">
        {steps.map((step) => (
          <Step key={step.id} step={step} />
        ))}
      </ol>
    </li>
  );
}

function Step({ step }: { step: AutomationRunRowFragment["steps"][number] }) {
  const say = useText();
  const formats = useFormats();
  const { kind, status, dueAt, attempts, outcome, error } = step;
  const isWaiting = status === "WAITING" || status === "RUNNING";
  return (
    <li>
      <span className={`run-mark ${TONES[status]}`} aria-hidden="true" />
      <span>
        {say(`automation.kind.${kind}`)}
        <span className="quiet">
          {" · "}
          {isWaiting ? say("automation.due", { when: formats.time(dueAt) }) : say(`automations.status.${status}`)}
          {outcome && ` · ${outcomeInWords(say, outcome)}`}
          {attempts > 1 && ` · ${say("automation.attempts", { count: attempts })}`}
        </span>
        {error && <span className="run-error"> {error}</span>}
      </span>
    </li>
  );
}

const MADE = { tsk: "task", com: "comment", usr: "person", whd: "delivery" } as const;

/** `tsk_…, tsk_…` is two tasks; what is no list of ids is said as it stands. */
function outcomeInWords(say: ReturnType<typeof useText>, outcome: string): string {
  const [prefix] = outcome.split("_");
  const what = MADE[prefix as keyof typeof MADE];
  const ids = outcome.split(", ");
  if (!what || !ids.every((one) => one.startsWith(`${prefix}_`))) return outcome;
  return say(`automation.made.${what}`, { count: ids.length });
}
