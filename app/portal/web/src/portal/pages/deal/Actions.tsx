import { AnswerAction, DealActions, DealAdvice } from "@operations/deal.graphql";
import { type FormEvent, useState } from "react";
import { useMutation, useQuery, useSubscription } from "urql";
import type { ActionFragment, ActionResponse } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { Icon } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { useSaved } from "./DealPage";

/** What to do next, why, and with which words. */
export function Actions({ id }: { id: string }) {
  const say = useText();
  const [result, again] = useQuery({ query: DealActions, variables: { id } });
  useSubscription({ query: DealAdvice, variables: { id } });
  return (
    <section className="panel deal-part" aria-labelledby="actions">
      <header>
        <h2 id="actions">{say("deal.actions")}</h2>
        {result.data?.opportunity?.recommendations.enrichment === "PENDING" && (
          <span className="badge accent">{say("deal.thinking")}</span>
        )}
      </header>
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={4} />}>
        {({ opportunity }) =>
          opportunity?.recommendations.actions.length ? (
            <ol className="actions">
              {opportunity.recommendations.actions.map((action, place) => (
                <Action
                  key={action.id}
                  action={action}
                  isFirst={place === 0}
                  again={() => again({ requestPolicy: "network-only" })}
                />
              ))}
            </ol>
          ) : (
            <Empty icon="check" title={say("deal.actions.none")} />
          )
        }
      </Ready>
    </section>
  );
}

function Action({ action, isFirst, again }: { action: ActionFragment; isFirst: boolean; again: () => void }) {
  const say = useText();
  const formats = useFormats();
  const saved = useSaved();
  const [{ fetching }, answer] = useMutation(AnswerAction);
  const [isDismissing, setDismissing] = useState(false);
  const respond = async (response: ActionResponse, reason?: string) => {
    const { data } = await answer({ input: { actionId: action.id, response, ...(reason && { reason }) } });
    if (saved(data?.respondToAction.userErrors)) again();
  };
  const isUrgent = action.urgency === "CRITICAL" || action.urgency === "HIGH";
  return (
    <li className="deal-action">
      <p className="action-title">
        {action.title}
        {isUrgent && <span className="badge warn">{say(`urgency.${action.urgency}` as Key)}</span>}
        {action.status === "ACCEPTED" && <span className="badge good">{say("deal.accepted")}</span>}
      </p>
      <p className="deal-action-why">{action.rationale}</p>
      <p className="deal-action-facts">
        {action.dueAt && (
          <span>
            <Icon name="calendar" size={14} /> {formats.shortDate(action.dueAt)}
          </span>
        )}
        <span>
          <Icon name="clock" size={14} /> {say("deal.minutes", { count: action.effortMinutes })}
        </span>
      </p>
      <details open={isFirst}>
        <summary>{say("deal.evidence")}</summary>
        <dl className="evidence">
          {action.evidence.map((one) => (
            <div key={`${one.fact}${one.value}`}>
              <dt>{one.fact}</dt>
              <dd>
                {one.value}
                {one.quote && <q>{one.quote}</q>}
              </dd>
            </div>
          ))}
        </dl>
      </details>
      {action.draft && <Draft draft={action.draft} isModels={action.checkBeforeSending} />}
      {isDismissing ? (
        <Dismissal close={() => setDismissing(false)} dismiss={(reason) => void respond("DISMISS", reason)} />
      ) : (
        <div className="action-buttons">
          {action.status !== "ACCEPTED" && (
            <button type="button" className="button small" disabled={fetching} onClick={() => void respond("ACCEPT")}>
              {say("deal.accept")}
            </button>
          )}
          <button type="button" className="button small" disabled={fetching} onClick={() => void respond("COMPLETE")}>
            <Icon name="check" size={15} /> {say("deal.done")}
          </button>
          <button
            type="button"
            className="button small quiet-button"
            disabled={fetching}
            onClick={() => setDismissing(true)}
          >
            {say("deal.dismiss")}
          </button>
        </div>
      )}
    </li>
  );
}

/** A text to start from: it is edited here and sent from wherever its sender writes. */
function Draft({ draft, isModels }: { draft: string; isModels: boolean }) {
  const say = useText();
  const [text, setText] = useState(draft);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast(say("deal.copied"), "good"),
      () => toast(say("deal.copy.failed"), "bad"),
    );
  return (
    <details>
      <summary>{say("deal.draft")}</summary>
      <div className="draft">
        {isModels && <p className="note">{say("deal.draft.check")}</p>}
        <textarea
          aria-label={say("deal.draft")}
          rows={Math.min(14, text.split("\n").length + 2)}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="button" className="button small" onClick={() => void copy()}>
          <Icon name="copy" size={15} /> {say("deal.copy")}
        </button>
      </div>
    </details>
  );
}

function Dismissal({ close, dismiss }: { close: () => void; dismiss: (reason: string) => void }) {
  const say = useText();
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    dismiss(String(new FormData(event.currentTarget).get("reason") ?? "").trim());
  };
  return (
    <form className="inline-form" onSubmit={send}>
      <input
        type="text"
        name="reason"
        maxLength={500}
        ref={(field) => field?.focus()}
        placeholder={say("deal.dismiss.why")}
        aria-label={say("deal.dismiss.why")}
      />
      <button type="submit" className="button small">
        {say("deal.dismiss")}
      </button>
      <button type="button" className="button small quiet-button" onClick={close}>
        {say("board.cancel")}
      </button>
    </form>
  );
}
