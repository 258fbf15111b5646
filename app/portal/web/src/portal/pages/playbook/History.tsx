import { PlaybookHistory, TakeSuggestions } from "@operations/playbooks.graphql";
import { useState } from "react";
import { useQuery } from "urql";
import type { PlaybookHistoryQuery } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import type { Doc } from "./model";

type Suggestion = PlaybookHistoryQuery["stageSuggestions"][number];

/** Of closed deals in a stage, and of stays that are over: with fewer, the API applies nothing. */
const ENOUGH = 20;

interface Given {
  playbookKey: string;
  doc: Doc;
  /** Of the draft that they go into; without one, the API makes one. */
  updatedAt: string | undefined;
  isReady: boolean;
  applied: (draftId: string) => void;
}

/** What past deals say of each stage's chance and duration, and how sure that is. */
export function History({ playbookKey, doc, updatedAt, isReady, applied }: Given) {
  const say = useText();
  const [result, again] = useQuery({ query: PlaybookHistory, variables: { key: playbookKey } });
  const { act, busy } = useAct(TakeSuggestions);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const take = async (keys: readonly string[]) => {
    const answer = await act({
      input: {
        playbookKey,
        stageKeys: [...keys],
        clientMutationId: crypto.randomUUID(),
        ...(updatedAt && { expectedUpdatedAt: updatedAt }),
      },
    });
    if (answer?.applyStageSuggestions.playbook) applied(answer.applyStageSuggestions.playbook.id);
  };
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={6} />}>
      {({ stageSuggestions }) => {
        const usable = stageSuggestions.filter(
          ({ winProbability, stays }) => winProbability.of >= ENOUGH || stays >= ENOUGH,
        );
        const there = usable.filter(({ stage }) => doc.stages.some(({ key }) => key === stage.key));
        const chosen = there.map(({ stage }) => stage.key).filter((key) => !left.has(key));
        if (!stageSuggestions.length) return <Empty icon="clock" title={say("playbook.history.none")} />;
        return (
          <div className="history">
            <p className="quiet side-note">{say("playbook.history.about")}</p>
            <ul>
              {stageSuggestions.map((one) => (
                <Row
                  key={one.stage.id}
                  suggestion={one}
                  now={doc.stages.find(({ key }) => key === one.stage.key)}
                  isChosen={chosen.includes(one.stage.key)}
                  choose={
                    there.includes(one)
                      ? (isChosen) =>
                          setLeft((before) => {
                            const next = new Set(before);
                            if (isChosen) next.delete(one.stage.key);
                            else next.add(one.stage.key);
                            return next;
                          })
                      : undefined
                  }
                />
              ))}
            </ul>
            {there.length > 0 && (
              <button
                type="button"
                className="button"
                disabled={busy || !isReady || !chosen.length}
                onClick={() => void take(chosen)}
              >
                {say("playbook.history.apply", { count: chosen.length })}
              </button>
            )}
          </div>
        );
      }}
    </Ready>
  );
}

interface RowGiven {
  suggestion: Suggestion;
  now: { winProbability: number; targetDays: number | null } | undefined;
  isChosen: boolean;
  choose: ((isChosen: boolean) => void) | undefined;
}

function Row({ suggestion, now, isChosen, choose }: RowGiven) {
  const say = useText();
  const formats = useFormats();
  const { stage, winProbability, targetDays, stays, note } = suggestion;
  const { value, low, high, of } = winProbability;
  return (
    <li className="history-row">
      {choose ? (
        <label className="toggle">
          <input type="checkbox" checked={isChosen} onChange={(event) => choose(event.target.checked)} />
          <strong>{stage.name}</strong>
        </label>
      ) : (
        <strong>{stage.name}</strong>
      )}
      <dl>
        {of >= ENOUGH && value !== null && (
          <div>
            <dt>{say("playbook.probability")}</dt>
            <dd>
              {now && <span className="quiet">{formats.percent(now.winProbability)} → </span>}
              <strong>{formats.percent(value)}</strong>{" "}
              {low !== null && high !== null && (
                <span className="quiet">
                  {say("playbook.history.interval", { low: formats.percent(low), high: formats.percent(high) })}
                </span>
              )}
            </dd>
            <dd className="interval">
              {low !== null && high !== null && <Interval low={low} high={high} at={value} now={now?.winProbability} />}
            </dd>
          </div>
        )}
        {stays >= ENOUGH && (
          <div>
            <dt>{say("playbook.target")}</dt>
            <dd>
              {now && (
                <span className="quiet">{now.targetDays === null ? "–" : formats.number(now.targetDays)} → </span>
              )}
              <strong>{say("playbook.history.days", { count: Math.max(1, Math.round(targetDays)) })}</strong>
            </dd>
          </div>
        )}
      </dl>
      <p className="quiet">{note}</p>
    </li>
  );
}

/** The 95 % range on a scale from 0 to 100 %, with what history says and what the draft says now. */
function Interval({ low, high, at, now }: { low: number; high: number; at: number; now: number | undefined }) {
  return (
    <svg className="interval-shape" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className="tone-track" x="0" y="3" width="100" height="2" />
      <rect className="tone-faint" x={low * 100} y="1" width={Math.max(1, (high - low) * 100)} height="6" />
      <rect className="tone-accent" x={at * 100 - 0.6} y="0" width="1.2" height="8" />
      {now !== undefined && <rect className="tone-warn" x={now * 100 - 0.4} y="0" width="0.8" height="8" />}
    </svg>
  );
}
