import { DayActions, DayRespond } from "@operations/day.graphql";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import type { ActionResponse, DayActionFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { useMay } from "../../shell/viewer";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { ahead } from "./days";
import { dealTitle } from "./names";
import { Part } from "./Part";

const FIRST = 8;
const MORE = 30;
const PER_DEAL = 2;
/** Days for which an action that is put off isn't proposed. */
const LATER = 7;

/** The next best actions over all deals. */
export function Actions({ owner }: { owner: string | undefined }) {
  const say = useText();
  const [first, setFirst] = useState(FIRST);
  const filter = { accepted: false, perDeal: PER_DEAL, ...(owner && { ownerId: owner }) };
  const [result, again] = useQuery({ query: DayActions, variables: { filter, first } });
  const refresh = () => again({ requestPolicy: "network-only" });
  return (
    <Ready
      result={result}
      retry={refresh}
      waiting={
        <Part title={say("day.actions")}>
          <div className="part-waiting">
            <Skeleton lines={6} />
          </div>
        </Part>
      }
    >
      {({ nextBestActions: { nodes, pageInfo, pendingDeals } }) => {
        const open = nodes.filter(({ status }) => status === "PROPOSED");
        return (
          <Part title={say("day.actions")}>
            {open.length > 0 ? (
              <ul>
                {open.map((action) => (
                  <Action key={action.id} action={action} answered={refresh} />
                ))}
              </ul>
            ) : (
              <Empty icon="spark" title={say(pendingDeals ? "day.actions.pending" : "day.actions.none")} />
            )}
            {pageInfo.hasNextPage && first < MORE && (
              <p className="part-more">
                <button type="button" className="button small" onClick={() => setFirst(MORE)}>
                  {say("day.actions.more")}
                </button>
              </p>
            )}
          </Part>
        );
      }}
    </Ready>
  );
}

function Action({ action, answered }: { action: DayActionFragment; answered: () => void }) {
  const say = useText();
  const formats = useFormats();
  const may = useMay("EDIT_OPPORTUNITY");
  const { act, busy } = useAct(DayRespond);
  const [dismissing, setDismissing] = useState(false);
  const { opportunity } = action;
  const respond = async (response: ActionResponse, more: { reason?: string; until?: string } = {}) => {
    const input = { actionId: action.id, response, clientMutationId: crypto.randomUUID(), ...more };
    if (!(await act({ input }))) return;
    setDismissing(false);
    toast(say(`day.answered.${response}`), "good");
    answered();
  };
  return (
    <li className="day-action" data-urgency={action.urgency}>
      <div className="line-text">
        <h3>{action.title}</h3>
        <p className="line-about">
          <Link to={`/deals/${opportunity.id}`}>{dealTitle(opportunity)}</Link>
          <span>{opportunity.stage.name}</span>
          {opportunity.amount && <span className="number">{formats.shortMoney(opportunity.amount)}</span>}
        </p>
        <p className="day-action-why">{action.rationale}</p>
      </div>
      <div className="action-end">
        <p className="day-action-facts">
          {(action.urgency === "CRITICAL" || action.urgency === "HIGH") && (
            <span className={action.urgency === "CRITICAL" ? "badge bad" : "badge warn"}>
              {say(action.urgency === "CRITICAL" ? "day.urgent" : "day.important")}
            </span>
          )}
          {action.dueAt && (
            <span>
              <Icon name="clock" size={14} /> {formats.ago(action.dueAt)}
            </span>
          )}
          <span>{say("day.effort", { count: action.effortMinutes })}</span>
        </p>
        {may && (
          <fieldset className="action-answers" disabled={busy} aria-label={action.title}>
            <button type="button" className="button small take" onClick={() => void respond("ACCEPT")}>
              {say("day.accept")}
            </button>
            <button type="button" className="button small" onClick={() => void respond("COMPLETE")}>
              {say("day.complete")}
            </button>
            <button
              type="button"
              className="button small"
              title={say("day.later.hint", { count: LATER })}
              onClick={() => void respond("SNOOZE", { until: ahead(LATER).slice(0, 10) })}
            >
              {say("day.later")}
            </button>
            <button type="button" className="button small" onClick={() => setDismissing(true)}>
              {say("day.dismiss")}
            </button>
          </fieldset>
        )}
      </div>
      {dismissing && (
        <Dismissal
          title={action.title}
          busy={busy}
          close={() => setDismissing(false)}
          dismiss={(reason) => void respond("DISMISS", { reason })}
        />
      )}
    </li>
  );
}

/** Why an action is no good: what is said here, the advice learns from. */
function Dismissal(given: { title: string; busy: boolean; close: () => void; dismiss: (reason: string) => void }) {
  const { title, busy, close, dismiss } = given;
  const say = useText();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) dismiss(reason.trim());
  };
  return (
    <Dialog title={say("day.dismiss.title")} close={close}>
      <form className="form" onSubmit={submit}>
        <p>{title}</p>
        <label className="field">
          <span>{say("day.dismiss.reason")}</span>
          <textarea
            rows={3}
            required
            maxLength={2_000}
            autoFocus
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <footer>
          <button type="button" className="button" onClick={close}>
            {say("board.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy || !reason.trim()}>
            {say("day.dismiss")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
