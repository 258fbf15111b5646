import { DayCompleteTask, DayTaskChanges, DayTasks } from "@operations/day.graphql";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery, useSubscription } from "urql";
import type { DayTaskFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Ready, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { DUES, dueOf } from "./days";
import { dealTitle } from "./names";
import { Part } from "./Part";

/** How many are shown at first. */
const FIRST = 6;

/** What is to be done, by when: ticked in place. */
export function Tasks({ whose }: { whose: "mine" | "all" }) {
  const say = useText();
  const { user } = useViewer();
  const scope = whose === "mine" ? { scope: "MINE" as const } : {};
  const [isWhole, setWhole] = useState(false);
  const [result, again] = useQuery({ query: DayTasks, variables: { filter: { open: true, ...scope } } });
  const refresh = () => again({ requestPolicy: "network-only" });
  useSubscription({ query: DayTaskChanges, variables: { filter: scope } }, (_, event) => {
    refresh();
    return event;
  });
  return (
    <Ready
      result={result}
      retry={refresh}
      waiting={
        <Part title={say("day.tasks")}>
          <div className="part-waiting">
            <Skeleton lines={3} />
          </div>
        </Part>
      }
    >
      {({ tasks }) => {
        const open = tasks.nodes.filter(({ status }) => status === "OPEN" || status === "IN_PROGRESS");
        const left = tasks.totalCount - (tasks.nodes.length - open.length);
        if (!open.length) return <p className="note day-clear">{say("day.tasks.none")}</p>;
        const shown = isWhole ? open : open.slice(0, FIRST);
        return (
          <Part title={say("day.tasks")} count={left}>
            {DUES.map((due) => {
              const those = shown.filter(({ dueAt }) => dueOf(dueAt) === due);
              if (!those.length) return null;
              return (
                <div key={due} className="part-group">
                  <h3 data-due={due}>{say(`day.due.${due}`)}</h3>
                  <ul>
                    {those.map((task) => (
                      <Task key={task.id} task={task} mine={task.assignee?.id === user.id} />
                    ))}
                  </ul>
                </div>
              );
            })}
            {open.length > shown.length && (
              <p className="part-more">
                <button type="button" className="button small" onClick={() => setWhole(true)}>
                  {say("day.tasks.all", { count: open.length - shown.length })}
                </button>
              </p>
            )}
            {isWhole && left > open.length && (
              <p className="part-more quiet">{say("day.tasks.more", { count: left - open.length })}</p>
            )}
          </Part>
        );
      }}
    </Ready>
  );
}

function Task({ task, mine }: { task: DayTaskFragment; mine: boolean }) {
  const say = useText();
  const formats = useFormats();
  const { act, busy } = useAct(DayCompleteTask);
  const [done, setDone] = useState(false);
  const complete = () => {
    setDone(true);
    void act({ input: { taskId: task.id, expectedVersion: task.version, clientMutationId: crypto.randomUUID() } }).then(
      (data) => (data ? toast(say("day.task.done", { title: task.title }), "good") : setDone(false)),
    );
  };
  return (
    <li className="line" data-done={done || undefined}>
      <label className="tick">
        <input type="checkbox" checked={done} disabled={busy} onChange={complete} />
        <span className="unseen">{say("day.task.complete", { title: task.title })}</span>
      </label>
      <div className="line-text">
        <p className="line-title">
          {task.title}
          {task.urgency === "CRITICAL" && <span className="badge bad">{say("day.urgent")}</span>}
        </p>
        <p className="line-about">
          {task.opportunity && <Link to={`/deals/${task.opportunity.id}`}>{dealTitle(task.opportunity)}</Link>}
          {!task.opportunity && task.registration && (
            <Link to={`/registrations/${task.registration.id}`}>{task.registration.number}</Link>
          )}
          {!mine && task.assignee && <span>{task.assignee.name}</span>}
        </p>
      </div>
      {task.dueAt && (
        <time className="line-end" dateTime={task.dueAt} data-late={task.overdue || undefined}>
          {task.overdue && <Icon name="clock" size={14} />}
          {formats.ago(task.dueAt)}
        </time>
      )}
    </li>
  );
}
