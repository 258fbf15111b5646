import { DoOnDeal, MarkOnDeal } from "@operations/deal.graphql";
import { useMutation } from "urql";
import { useFormats, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { useIsVendor, useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { type Deal, useSaved } from "./DealPage";

type State = Deal["criteria"][number];
type Doing = Deal["activities"][number];

/** What the stage needs before the deal can leave it: criteria to confirm, activities to do. */
export function Needs({ deal }: { deal: Deal }) {
  const say = useText();
  const required = deal.criteria.filter(({ criterion }) => criterion.required);
  const met = required.filter((one) => one.met).length;
  if (deal.status !== "OPEN" || deal.criteria.length + deal.activities.length === 0) return null;
  return (
    <section className="panel deal-part" aria-labelledby="needs">
      <header>
        <h2 id="needs">{say("deal.needs", { stage: deal.stage.name })}</h2>
        {required.length > 0 && (
          <span className={met === required.length ? "badge good" : "badge"}>
            {say("deal.met", { met, of: required.length })}
          </span>
        )}
      </header>
      {deal.criteria.length > 0 && (
        <ul className="ticks" aria-label={say("deal.criteria")}>
          {deal.criteria.map((state) => (
            <Criterion key={state.id} deal={deal} state={state} />
          ))}
        </ul>
      )}
      <Activities deal={deal} />
    </section>
  );
}

/** What is to do now, and behind a line what was done. */
function Activities({ deal }: { deal: Deal }) {
  const say = useText();
  const open = deal.activities.filter(({ status }) => status === "PENDING");
  const done = deal.activities.filter(({ status }) => status !== "PENDING");
  const list = (doings: readonly Doing[]) => (
    <ul className="ticks">
      {doings.map((doing) => (
        <Activity key={doing.id} deal={deal} doing={doing} />
      ))}
    </ul>
  );
  return (
    <>
      {open.length > 0 && (
        <>
          <h3>{say("deal.activities")}</h3>
          {list(open)}
        </>
      )}
      {done.length > 0 && (
        <details>
          <summary>{say("deal.activities.done", { count: done.length })}</summary>
          {list(done)}
        </details>
      )}
    </>
  );
}

function useMayConfirm() {
  const isVendor = useIsVendor();
  const { user, permissions } = useViewer();
  return (by: string) =>
    permissions.includes("EDIT_OPPORTUNITY") &&
    (by === "ANYONE_ON_DEAL" || isVendor || (by === "PARTNER_MANAGER" && user.role === "PARTNER_MANAGER"));
}

function Criterion({ deal, state }: { deal: Deal; state: State }) {
  const say = useText();
  const formats = useFormats();
  const saved = useSaved();
  const mayConfirm = useMayConfirm();
  const [{ fetching }, mark] = useMutation(MarkOnDeal);
  const { criterion } = state;
  const isComputed = criterion.check === "EXPRESSION";
  const toggle = async () => {
    const input = { opportunityId: deal.id, criterionId: criterion.id, met: !state.met, expectedVersion: deal.version };
    const { data } = await mark({ input });
    saved(data?.markCriterion.userErrors);
  };
  const notes = [
    !criterion.required && say("deal.optional"),
    isComputed && say("deal.computed"),
    !isComputed && criterion.confirmedBy !== "ANYONE_ON_DEAL" && say(`confirmed.${criterion.confirmedBy}` as Key),
    state.met && state.metBy && `${state.metBy.name}${state.metAt ? `, ${formats.ago(state.metAt)}` : ""}`,
    state.evidence,
  ].filter(Boolean);
  return (
    <li>
      <label className="deal-tick">
        <input
          type="checkbox"
          checked={state.met}
          disabled={isComputed || fetching || !mayConfirm(criterion.confirmedBy)}
          onChange={() => void toggle()}
        />
        <span>
          {criterion.description}
          {notes.length > 0 && <span className="tick-notes">{notes.join(" · ")}</span>}
        </span>
        {isComputed && <Icon name="spark" size={15} />}
      </label>
    </li>
  );
}

function Activity({ deal, doing }: { deal: Deal; doing: Doing }) {
  const say = useText();
  const formats = useFormats();
  const saved = useSaved();
  const mayConfirm = useMayConfirm();
  const [{ fetching }, complete] = useMutation(DoOnDeal);
  const { activity } = doing;
  const isDone = doing.status !== "PENDING";
  const set = async (status: "COMPLETED" | "PENDING" | "SKIPPED") => {
    const input = { opportunityId: deal.id, activityId: activity.id, status, expectedVersion: deal.version };
    const { data } = await complete({ input });
    saved(data?.completeActivity.userErrors);
  };
  const notes = [
    !activity.required && say("deal.optional"),
    doing.status === "SKIPPED" && say("deal.skipped"),
    !isDone && activity.effortMinutes && say("deal.minutes", { count: activity.effortMinutes }),
    isDone &&
      doing.completedBy &&
      `${doing.completedBy.name}${doing.completedAt ? `, ${formats.ago(doing.completedAt)}` : ""}`,
    doing.note,
  ].filter(Boolean);
  const mayDo = mayConfirm(activity.confirmedBy);
  return (
    <li>
      <label className="deal-tick">
        <input
          type="checkbox"
          checked={isDone}
          disabled={fetching || !mayDo}
          onChange={() => void set(isDone ? "PENDING" : "COMPLETED")}
        />
        <span title={activity.description}>
          {activity.name}
          {notes.length > 0 && <span className="tick-notes">{notes.join(" · ")}</span>}
        </span>
      </label>
    </li>
  );
}
