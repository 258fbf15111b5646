import { ChangeDeal } from "@operations/deal.graphql";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useClient, useMutation } from "urql";
import { useFormats, useText } from "../../messages/context";
import { useIsVendor } from "../../shell/viewer";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { toast } from "../../ui/toasts";
import { MoveDialog } from "../board/MoveDialog";
import { move } from "../board/moves";
import type { Card } from "../board/state";
import { type Deal, useSaved } from "./DealPage";

export function Header({ deal }: { deal: Deal }) {
  const say = useText();
  const formats = useFormats();
  const client = useClient();
  const isVendor = useIsVendor();
  const [open, setOpen] = useState<"move" | "edit">();
  const facts: [string, string | undefined][] = [
    [say("deal.amount"), deal.amount ? formats.money(deal.amount) : say("board.unknown")],
    [say("deal.close"), deal.expectedCloseDate ? formats.date(deal.expectedCloseDate) : undefined],
    [say("board.owner"), deal.owner?.name],
    [say("board.partner"), isVendor ? deal.partner?.name : undefined],
    [say("deal.next"), deal.nextStep ?? undefined],
  ];
  return (
    <header className="deal-head">
      <p className="crumbs">
        <Link to="/board" search={{ playbook: deal.playbook.key } as never}>
          {deal.playbook.name}
        </Link>
        <span className="quiet">{deal.account.name}</span>
        <Status deal={deal} />
      </p>
      <div className="deal-title">
        <h1>{deal.name}</h1>
        <div className="deal-buttons">
          {deal.editableFields.length > 0 && (
            <button type="button" className="button" onClick={() => setOpen("edit")}>
              {say("deal.edit")}
            </button>
          )}
          <button type="button" className="button primary" onClick={() => setOpen("move")}>
            <Icon name="arrow" size={16} /> {say("board.move.short")}
          </button>
        </div>
      </div>
      <dl className="deal-facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {open === "edit" && <Edit deal={deal} close={() => setOpen(undefined)} />}
      {open === "move" && (
        <MoveDialog
          card={deal}
          playbook={deal.playbook}
          close={() => setOpen(undefined)}
          go={(to, said) => {
            setOpen(undefined);
            void move(client, deal as unknown as Card, to, said).then((outcome) => {
              if (outcome.kind === "refused") toast(outcome.messages.join(" ") || say("problem.busy"), "bad");
              if (outcome.kind === "conflict") toast(say("deal.conflict"), "bad");
            });
          }}
        />
      )}
    </header>
  );
}

function Status({ deal }: { deal: Deal }) {
  const say = useText();
  if (deal.status === "WON") return <span className="badge good">{say("deal.won")}</span>;
  if (deal.status === "LOST")
    return <span className="badge">{[say("deal.lost"), deal.closeReason].filter(Boolean).join(": ")}</span>;
  return (
    <span className={deal.stalled ? "badge warn" : "badge"}>
      {deal.stalled && <Icon name="clock" size={13} />}
      {say("board.days.in", { count: deal.daysInStage })}
    </span>
  );
}

/** The fields that most days change. */
function Edit({ deal, close }: { deal: Deal; close: () => void }) {
  const say = useText();
  const saved = useSaved();
  const [, change] = useMutation(ChangeDeal);
  const may = (field: string) => deal.editableFields.includes(field);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const amount = text("amount");
    const currency = deal.amount?.currency ?? "EUR";
    const { data } = await change({
      input: {
        opportunityId: deal.id,
        expectedVersion: deal.version,
        clientMutationId: crypto.randomUUID(),
        ...(may("name") && { name: text("name") }),
        ...(may("amount") && { amount: amount ? { amount, currency } : null }),
        ...(may("expectedCloseDate") && { expectedCloseDate: text("close") || null }),
        ...(may("nextStep") && { nextStep: text("next") || null }),
      },
    });
    if (saved(data?.updateOpportunity.userErrors)) close();
  };
  return (
    <Dialog title={say("deal.edit")} close={close}>
      <form className="move-form" onSubmit={(event) => void send(event)}>
        {may("name") && <Field name="name" label={say("deal.name")} value={deal.name} isRequired />}
        {may("amount") && (
          <Field
            name="amount"
            label={`${say("deal.amount")} (${deal.amount?.currency ?? "EUR"})`}
            value={deal.amount?.amount ?? ""}
            type="number"
          />
        )}
        {may("expectedCloseDate") && (
          <Field name="close" label={say("deal.close")} value={deal.expectedCloseDate ?? ""} type="date" />
        )}
        {may("nextStep") && <Field name="next" label={say("deal.next")} value={deal.nextStep ?? ""} />}
        <footer>
          <button type="button" className="button" onClick={close}>
            {say("board.cancel")}
          </button>
          <button type="submit" className="button primary">
            {say("deal.save")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Field(given: { name: string; label: string; value: string; type?: string; isRequired?: boolean }) {
  const { name, label, value, type = "text", isRequired } = given;
  return (
    <label className="field">
      <span>{label}</span>
      <input
        name={name}
        type={type}
        defaultValue={value}
        required={isRequired}
        min={type === "number" ? 0 : undefined}
        step="any"
      />
    </label>
  );
}
