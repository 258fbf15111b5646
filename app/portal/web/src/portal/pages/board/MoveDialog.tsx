import { type FormEvent, useEffect, useState } from "react";
import { useClient } from "urql";
import type { BoardPlaybookQuery } from "@/generated/operations";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Skeleton } from "../../ui/states";
import { isOpen, type Said, type Way, waysOf } from "./moves";
import "./move.css";
import type { Card } from "./state";

type Playbook = NonNullable<BoardPlaybookQuery["playbook"]>;

interface Given {
  card: Pick<Card, "id" | "name" | "stage">;
  to?: string;
  playbook: Pick<Playbook, "closeReasons">;
  close: () => void;
  go: (to: string, said: Said) => void;
}

/** Where a deal may go and what that takes; asks for the reason where one is needed. */
export function MoveDialog({ card, to, playbook, close, go }: Given) {
  const say = useText();
  const client = useClient();
  const [ways, setWays] = useState<readonly Way[]>();
  const [chosen, setChosen] = useState(to);
  useEffect(() => {
    void waysOf(client, card.id).then(setWays);
  }, [client, card.id]);
  const way = ways?.find((one) => one.stage === chosen);
  return (
    <Dialog title={say("board.move", { name: card.name })} close={close}>
      {!ways && <Skeleton lines={5} />}
      {ways && (
        <fieldset className="ways">
          <legend className="unseen">{say("board.move.short")}</legend>
          {ways.map((one) => (
            <label key={one.stage} className="way" data-blocked={!isOpen(one) || undefined}>
              <input type="radio" name="stage" checked={one.stage === chosen} onChange={() => setChosen(one.stage)} />
              <span className="way-name">{one.name}</span>
              {one.missing.length > 0 && <Icon name="lock" size={16} />}
              {one.stage === chosen && one.missing.length > 0 && (
                <ul className="missing">
                  {one.missing.map((message) => (
                    <li key={message}>{message}</li>
                  ))}
                </ul>
              )}
            </label>
          ))}
        </fieldset>
      )}
      {way && isOpen(way) && <Form key={way.stage} way={way} playbook={playbook} close={close} go={go} />}
    </Dialog>
  );
}

const OTHER = "";

function Form({ way, playbook, close, go }: Pick<Given, "playbook" | "close" | "go"> & { way: Way }) {
  const say = useText();
  const reasons = playbook.closeReasons.filter(({ outcome }) => outcome === way.kind);
  const [closeReasonKey, setKey] = useState(reasons[0]?.key ?? OTHER);
  const [reason, setReason] = useState("");
  const isOverride = way.missing.length > 0;
  const needsText = (way.needsReason || isOverride) && !closeReasonKey;
  const send = (event: FormEvent) => {
    event.preventDefault();
    go(way.stage, {
      ...(reason.trim() && { reason: reason.trim() }),
      ...(closeReasonKey && { closeReasonKey }),
      ...(isOverride && { override: true }),
    });
  };
  return (
    <form className="move-form" onSubmit={send}>
      {reasons.length > 0 && (
        <Choice
          label={say("board.reason.choose")}
          options={[
            ...reasons.map(({ key, label }) => ({ id: key, label })),
            { id: OTHER, label: say("board.reason.other") },
          ]}
          value={closeReasonKey}
          choose={setKey}
        />
      )}
      {(way.needsReason || isOverride || reasons.length > 0) && (
        <label className="field">
          <span>{say("board.reason")}</span>
          <textarea
            rows={3}
            maxLength={2000}
            required={needsText}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
      )}
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("board.cancel")}
        </button>
        <button type="submit" className={isOverride ? "button danger" : "button primary"}>
          {isOverride ? say("board.override") : say("board.move.to", { stage: way.name })}
        </button>
      </footer>
    </form>
  );
}
