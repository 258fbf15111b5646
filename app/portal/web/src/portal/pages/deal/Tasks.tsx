import { AddDealTask, DealWork, FinishDealTask } from "@operations/deal.graphql";
import { type FormEvent, useEffect } from "react";
import { useMutation, useQuery } from "urql";
import type { DealTaskFragment } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Ready, Skeleton } from "../../ui/states";
import { useSaved } from "./DealPage";

/** Tasks and comments are read together, by whichever part comes first. */
export function useWork(id: string, changes: number) {
  const [result, again] = useQuery({ query: DealWork, variables: { id } });
  useEffect(() => {
    if (changes > 0) again({ requestPolicy: "network-only" });
  }, [changes, again]);
  return [result, () => again({ requestPolicy: "network-only" })] as const;
}

export function Tasks({ id, changes }: { id: string; changes: number }) {
  const say = useText();
  const saved = useSaved();
  const { user } = useViewer();
  const [result, again] = useWork(id, changes);
  const [, add] = useMutation(AddDealTask);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const title = String(given.get("title")).trim();
    const due = String(given.get("due"));
    if (!title) return;
    const { data } = await add({
      input: { opportunityId: id, title, assigneeId: user.id, ...(due && { dueAt: `${due}T17:00:00Z` }) },
    });
    if (!saved(data?.upsertTask.userErrors)) return;
    form.reset();
    again();
  };
  return (
    <section className="panel deal-part" aria-labelledby="tasks">
      <header>
        <h2 id="tasks">{say("deal.tasks")}</h2>
      </header>
      <Ready result={result} retry={again} waiting={<Skeleton lines={2} />}>
        {({ opportunity }) =>
          opportunity?.tasks.nodes.length ? (
            <ul className="ticks">
              {opportunity.tasks.nodes.map((task) => (
                <Task key={task.id} task={task} again={again} />
              ))}
            </ul>
          ) : (
            <p className="quiet">{say("deal.tasks.none")}</p>
          )
        }
      </Ready>
      <form className="inline-form" onSubmit={(event) => void send(event)}>
        <input
          type="text"
          name="title"
          maxLength={200}
          required
          placeholder={say("deal.task.new")}
          aria-label={say("deal.task.new")}
        />
        <input type="date" name="due" aria-label={say("deal.due")} />
        <button type="submit" className="button small">
          {say("deal.add")}
        </button>
      </form>
    </section>
  );
}

function Task({ task, again }: { task: DealTaskFragment; again: () => void }) {
  const say = useText();
  const formats = useFormats();
  const saved = useSaved();
  const [{ fetching }, finish] = useMutation(FinishDealTask);
  const done = async () => {
    const { data } = await finish({ input: { taskId: task.id, expectedVersion: task.version } });
    if (saved(data?.completeTask.userErrors)) again();
  };
  return (
    <li>
      <label className="deal-tick">
        <input type="checkbox" checked={task.status === "DONE"} disabled={fetching} onChange={() => void done()} />
        <span>
          {task.title}
          <span className="tick-notes">
            {[task.assignee?.name, task.dueAt && formats.date(task.dueAt)].filter(Boolean).join(" · ")}
          </span>
        </span>
        {task.overdue && <span className="badge bad">{say("deal.overdue")}</span>}
      </label>
    </li>
  );
}
