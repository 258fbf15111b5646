import { AskForExtension, WithdrawOwnRegistration } from "@operations/registrations.graphql";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import type { Whole } from "./Detail";

/** What the partner may do with a registration of its own. */
export function OwnSteps({ registration }: { registration: Whole }) {
  const say = useText();
  const [asked, setAsked] = useState<"extend" | "withdraw">();
  const extension = useAct(AskForExtension);
  const withdrawal = useAct(WithdrawOwnRegistration);
  const { id, version, allowedSteps } = registration;
  const mayEdit =
    allowedSteps.includes("SAVE") && (registration.status === "DRAFT" || registration.status === "CHANGES_REQUESTED");
  const mayExtend = allowedSteps.includes("REQUEST_EXTENSION");
  const mayWithdraw = allowedSteps.includes("WITHDRAW");
  if (!mayEdit && !mayExtend && !mayWithdraw) return null;
  const step = () => ({ registrationId: id, expectedVersion: version, clientMutationId: crypto.randomUUID() });
  const submit = async (reason: string) => {
    const done =
      asked === "extend"
        ? await extension.act({ input: { ...step(), reason } })
        : await withdrawal.act({ input: { ...step(), ...(reason && { reason }) } });
    if (!done) return;
    toast(say(asked === "extend" ? "registrations.extend.done" : "registrations.withdraw.done"), "good");
    setAsked(undefined);
  };
  return (
    <div className="decisions">
      {mayEdit && (
        <Link to={`/registrations/${id}`} className="button primary">
          {say("registrations.edit")}
        </Link>
      )}
      {mayExtend && (
        <button type="button" className="button" onClick={() => setAsked("extend")}>
          {say("registrations.extend")}
        </button>
      )}
      {mayWithdraw && (
        <button type="button" className="button" onClick={() => setAsked("withdraw")}>
          {say("registrations.withdraw")}
        </button>
      )}
      {asked && (
        <Reason
          title={say(asked === "extend" ? "registrations.extend" : "registrations.withdraw")}
          isRequired={asked === "extend"}
          busy={extension.busy || withdrawal.busy}
          close={() => setAsked(undefined)}
          submit={submit}
        />
      )}
    </div>
  );
}

interface ReasonGiven {
  title: string;
  isRequired: boolean;
  busy: boolean;
  close: () => void;
  submit: (reason: string) => Promise<void>;
}

function Reason({ title, isRequired, busy, close, submit }: ReasonGiven) {
  const say = useText();
  const [reason, setReason] = useState("");
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void submit(reason.trim());
  };
  return (
    <Dialog title={title} close={close}>
      <form className="form" onSubmit={onSubmit}>
        <label className="field">
          <span>{say("board.reason")}</span>
          <textarea
            rows={3}
            maxLength={2_000}
            required={isRequired}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <footer>
          <button type="button" className="button" onClick={close}>
            {say("board.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy || (isRequired && !reason.trim())}>
            {title}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
