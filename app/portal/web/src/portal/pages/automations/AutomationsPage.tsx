import { AutomationList, AutomationTemplates, SwitchAutomation } from "@operations/automations.graphql";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import type { AutomationRowFragment } from "@/generated/operations";
import "./automations.css";
import { useAct } from "../../client/act";
import { useFormats, useLocale, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { TONES, triggerInWords } from "./words";

const SIZE = 50;

/** What happens by itself, and what might. */
export default function AutomationsPage() {
  const say = useText();
  const [pages, setPages] = useState<readonly string[]>([]);
  useTitle(say("nav.automations"));
  return (
    <div className="page automations-page">
      <header className="page-head">
        <div>
          <h1>{say("nav.automations")}</h1>
          <p className="quiet">{say("automations.about")}</p>
        </div>
        <div className="page-tools">
          <Link to="/automations/$id" params={{ id: "new" } as never} className="button primary">
            {say("automations.new")}
          </Link>
        </div>
      </header>
      <section className="panel part" aria-label={say("nav.automations")}>
        {["", ...pages].map((after, place) => (
          <Rows
            key={after}
            after={after || null}
            isFirst={place === 0}
            isLast={place === pages.length}
            more={(next) => setPages((before) => [...before, next])}
          />
        ))}
      </section>
      <Templates />
    </div>
  );
}

interface RowsGiven {
  after: string | null;
  isFirst: boolean;
  isLast: boolean;
  more: (after: string) => void;
}

function Rows({ after, isFirst, isLast, more }: RowsGiven) {
  const say = useText();
  const [result, again] = useQuery({ query: AutomationList, variables: { first: SIZE, after } });
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
      {({ automations: { nodes, pageInfo } }) => (
        <>
          {nodes.length === 0 && isFirst && <Empty icon="bolt" title={say("automations.none")} />}
          <ul className="automation-list">
            {nodes.map((one) => (
              <Row key={one.id} automation={one} />
            ))}
          </ul>
          {isLast && pageInfo.hasNextPage && pageInfo.endCursor && (
            <p className="part-more">
              <button type="button" className="button small" onClick={() => more(pageInfo.endCursor ?? "")}>
                {say("deals.more")}
              </button>
            </p>
          )}
        </>
      )}
    </Ready>
  );
}

function Row({ automation }: { automation: AutomationRowFragment }) {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  const { playbooks } = useViewer();
  const { act, busy } = useAct(SwitchAutomation);
  const { id, name, enabled, version, playbookKey, trigger, runs } = automation;
  const [last] = runs.nodes;
  const failed = runs.nodes.find(({ status }) => status === "FAILED");
  const error = failed && (failed.steps.find(({ status }) => status === "FAILED")?.error ?? failed.error);
  const turn = async () => {
    const input = {
      automationId: id,
      enabled: !enabled,
      expectedVersion: version,
      clientMutationId: crypto.randomUUID(),
    };
    if (await act({ input })) toast(say(enabled ? "automations.paused" : "automations.resumed", { name }), "good");
  };
  return (
    <li className="automation-row" data-off={!enabled || undefined}>
      <div className="line-text">
        <p className="line-title">
          <Link to={`/automations/${id}`}>{name}</Link>
          <span className={enabled ? "badge good" : "badge"}>
            {say(enabled ? "automations.on" : "automations.off")}
          </span>
        </p>
        <p className="line-about">
          <span>{triggerInWords(say, language, trigger)}</span>
          {playbookKey && <span>{playbooks.find(({ key }) => key === playbookKey)?.name ?? playbookKey}</span>}
        </p>
        {error && (
          <p className="automation-error">
            <Icon name="alert" size={14} /> {error}
          </p>
        )}
      </div>
      <div className="automation-runs">
        {last ? (
          <Link to={`/automations/${id}`} search={{ part: "runs" } as never} className="run-dots">
            <span className="run-squares" aria-hidden="true">
              {[...runs.nodes].reverse().map((run) => (
                <span key={run.id} className={`run-square ${TONES[run.status]}`} />
              ))}
            </span>
            <span>
              {say("automations.lastrun", {
                status: say(`automations.status.${last.status}`),
                when: formats.ago(last.startedAt),
              })}
            </span>
          </Link>
        ) : (
          <span className="quiet">{say("automations.norun")}</span>
        )}
      </div>
      <button
        type="button"
        className="button small"
        disabled={busy}
        aria-label={say(enabled ? "automations.pause.one" : "automations.resume.one", { name })}
        onClick={() => void turn()}
      >
        {say(enabled ? "automations.pause" : "automations.resume")}
      </button>
    </li>
  );
}

function Templates() {
  const say = useText();
  const { language } = useLocale();
  const [result, again] = useQuery({ query: AutomationTemplates });
  const [there] = useQuery({ query: AutomationList, variables: { first: SIZE, after: null } });
  const used = new Map(there.data?.automations.nodes.map(({ key, id }) => [key, id]));
  return (
    <section className="templates">
      <h2>{say("automations.templates")}</h2>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="panel part-waiting">
            <Skeleton lines={6} />
          </div>
        }
      >
        {({ automationTemplates }) => (
          <ul className="template-grid">
            {automationTemplates.map(({ key, name, description, trigger }) => {
              const id = used.get(key);
              return (
                <li key={key} className="panel template">
                  <h3>{name}</h3>
                  <p>{description}</p>
                  <p className="template-end">
                    <span className="quiet">{triggerInWords(say, language, trigger)}</span>
                    {id ? (
                      <Link
                        to={`/automations/${id}`}
                        className="button small"
                        aria-label={say("automations.template.open.one", { name })}
                      >
                        {say("automations.template.open")}
                      </Link>
                    ) : (
                      <Link
                        to="/automations/$id"
                        params={{ id: "new" } as never}
                        search={{ template: key } as never}
                        className="button small"
                        aria-label={say("automations.template.use.one", { name })}
                      >
                        {say("automations.template.use")}
                      </Link>
                    )}
                  </p>
                </li>
              );
            })}
          </ul>
        )}
      </Ready>
    </section>
  );
}
