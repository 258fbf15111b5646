import { TryAutomation } from "@operations/automations.graphql";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useClient } from "urql";
import type { TryAutomationMutation } from "@/generated/operations";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useText } from "../../messages/context";
import { LabelledChoice } from "../../ui/Labelled";
import { Empty, Problem } from "../../ui/states";
import { eventName } from "../automations/words";
import { type Draft, inputOf } from "./draft";
import { placeOf, type Wrong } from "./problems";

type Tried = TryAutomationMutation["tryAutomation"];
type Run = Tried["runs"][number];

const SPANS = ["7", "30", "90", "365", "730"] as const;

interface State {
  written: string;
  tried?: Tried;
  wrong?: readonly Wrong[];
  failure?: Failure;
}

/** What the definition, as it stands in the form, would have done. */
export function Try({ draft, isChanged }: { draft: Draft; isChanged: boolean }) {
  const say = useText();
  const client = useClient();
  const [days, setDays] = useState<string>("30");
  const [busy, setBusy] = useState(false);
  const [state, setState] = useState<State>();
  const written = JSON.stringify(inputOf(draft));
  const run = async () => {
    setBusy(true);
    setState(undefined);
    const input = { automation: inputOf(draft), days: Number(days), clientMutationId: crypto.randomUUID() };
    const { data, error } = await client.mutation(TryAutomation, { input }).toPromise();
    setBusy(false);
    if (!data) setState({ written, failure: error ? failureOf(error) : { kind: "ours" } });
    else if (data.tryAutomation.userErrors.length) setState({ written, wrong: data.tryAutomation.userErrors });
    else setState({ written, tried: data.tryAutomation });
  };
  return (
    <div className="try">
      <section className="panel try-head">
        <p>{say(isChanged ? "automation.try.about.unsaved" : "automation.try.about")}</p>
        <div className="try-ask">
          <LabelledChoice
            label={say("automation.try.days")}
            options={SPANS.map((id) => ({ id, label: say("automation.try.span", { count: Number(id) }) }))}
            value={days}
            choose={setDays}
          />
          <button type="button" className="button primary" disabled={busy} onClick={() => void run()}>
            {say("automation.try.do")}
          </button>
        </div>
        {busy && (
          <div className="try-progress" role="status">
            <progress aria-label={say("automation.try.do")} />
            <span>{say("automation.try.busy", { count: Number(days) })}</span>
          </div>
        )}
      </section>
      {state?.failure && <Problem failure={state.failure} retry={() => void run()} />}
      {state?.wrong && (
        <section className="panel try-wrong" role="alert">
          <p>{say("automation.try.wrong", { count: state.wrong.length })}</p>
          <ul>
            {state.wrong.map((one) => (
              <li key={placeOf(one)}>
                <code>{placeOf(one) || "–"}</code> {one.message}
              </li>
            ))}
          </ul>
        </section>
      )}
      <div role="status">{state?.tried && <Outcome tried={state.tried} isOld={state.written !== written} />}</div>
    </div>
  );
}

function Outcome({ tried, isOld }: { tried: Tried; isOld: boolean }) {
  const say = useText();
  const formats = useFormats();
  const { runs, runCount, lookedSince } = tried;
  const about = grouped(runs);
  return (
    <section className="panel part" aria-label={say("automation.try.outcome")}>
      <header>
        <h2>
          {say("automation.try.count", { count: runCount ?? 0 })}
          {lookedSince && (
            <span className="quiet"> · {say("automation.try.since", { day: formats.time(lookedSince) })}</span>
          )}
        </h2>
      </header>
      {isOld && <p className="note try-old">{say("automation.try.old")}</p>}
      {runs.length === 0 ? (
        <Empty icon="bolt" title={say("automation.try.none")} />
      ) : (
        <ul>
          {about.map(({ key, runs }) => (
            <li key={key} className="tried">
              <p className="line-title">
                <Name run={runs[0] as Run} />
                {runs.length > 1 && (
                  <span className="badge">{say("automation.try.times", { count: runs.length })}</span>
                )}
              </p>
              <ol className="tried-runs">
                {runs.map((run) => (
                  <Shown key={`${run.at}${run.depth}${run.eventType}`} run={run} />
                ))}
              </ol>
            </li>
          ))}
        </ul>
      )}
      {runCount !== null && runCount > runs.length && (
        <p className="part-more">{say("automation.try.first", { count: runs.length })}</p>
      )}
    </section>
  );
}

function Shown({ run }: { run: Run }) {
  const say = useText();
  const formats = useFormats();
  return (
    <li>
      <p className="quiet">
        <time dateTime={run.at}>{formats.time(run.at)}</time>
        {run.eventType && ` · ${eventName(say, run.eventType)}`}
        {run.depth > 1 && ` · ${say("automation.depth", { count: run.depth })}`}
      </p>
      {run.error && <p className="run-error">{run.error}</p>}
      <ol className="tried-steps">
        {run.steps.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name than their place
          <li key={place}>
            <span className="badge">{say(`automation.kind.${step.kind}`)}</span>
            <span>
              {step.summary}
              {step.error && <span className="run-error"> {step.error}</span>}
              {step.dueAt !== run.at && <span className="quiet"> · {formats.time(step.dueAt)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </li>
  );
}

function Name({ run: { opportunity, registration } }: { run: Run }) {
  const say = useText();
  if (opportunity) {
    return (
      <>
        <Link to={`/deals/${opportunity.id}`}>{opportunity.name}</Link>{" "}
        <span className="quiet">{opportunity.account.name}</span>
      </>
    );
  }
  if (registration) return <Link to={`/registrations/${registration.id}`}>{registration.number}</Link>;
  return <span>{say("automation.nodeal")}</span>;
}

/** By the deal or registration that they are about, in the order of the first of each. */
function grouped(runs: readonly Run[]): { key: string; runs: Run[] }[] {
  const found = new Map<string, Run[]>();
  for (const run of runs) {
    const key = run.opportunity?.id ?? run.registration?.id ?? "";
    found.set(key, [...(found.get(key) ?? []), run]);
  }
  return [...found].map(([key, runs]) => ({ key, runs }));
}
