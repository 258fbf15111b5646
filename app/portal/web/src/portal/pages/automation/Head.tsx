import { RemoveAutomation, SwitchAutomation } from "@operations/automations.graphql";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import type { Whole } from "./draft";

interface Given {
  stored: Whole | undefined;
  name: string;
  left: () => void;
}

/** Its name and state, whose rights it has, and the ways to pause and remove it. */
export function Head({ stored, name, left }: Given) {
  const say = useText();
  const formats = useFormats();
  const [asked, setAsked] = useState(false);
  const turning = useAct(SwitchAutomation);
  if (!stored) {
    return (
      <header className="page-head">
        <div>
          <h1>{name}</h1>
          <p className="quiet">{say("automation.new.about")}</p>
        </div>
      </header>
    );
  }
  const { id, enabled, version, role, updatedAt, updatedBy, removedAt } = stored;
  const turn = async () => {
    const input = {
      automationId: id,
      enabled: !enabled,
      expectedVersion: version,
      clientMutationId: crypto.randomUUID(),
    };
    if (!(await turning.act({ input }))) return;
    toast(say(enabled ? "automations.paused" : "automations.resumed", { name: stored.name }), "good");
  };
  const saved = updatedBy
    ? say("automation.version.by", { version, when: formats.time(updatedAt), who: updatedBy.name })
    : say("automation.version", { version, when: formats.time(updatedAt) });
  return (
    <header className="page-head">
      <div>
        <h1>
          {stored.name}{" "}
          <span className={enabled ? "badge good" : "badge"}>
            {say(removedAt ? "automations.removed" : enabled ? "automations.on" : "automations.off")}
          </span>
        </h1>
        <p className="quiet">
          {saved} · {say("automation.acts", { role: say(`role.${role}`) })}
        </p>
      </div>
      {!removedAt && (
        <div className="page-tools">
          <button type="button" className="button" disabled={turning.busy} onClick={() => void turn()}>
            {say(enabled ? "automations.pause" : "automations.resume")}
          </button>
          <button type="button" className="button danger" onClick={() => setAsked(true)}>
            {say("automation.remove")}
          </button>
        </div>
      )}
      {asked && <Removal stored={stored} left={left} close={() => setAsked(false)} />}
    </header>
  );
}

function Removal({ stored, left, close }: { stored: Whole; left: () => void; close: () => void }) {
  const say = useText();
  const navigate = useNavigate();
  const { act, busy } = useAct(RemoveAutomation);
  const remove = async () => {
    const input = { automationId: stored.id, expectedVersion: stored.version, clientMutationId: crypto.randomUUID() };
    if (!(await act({ input }))) return;
    left();
    toast(say("automation.removed", { name: stored.name }), "good");
    void navigate({ to: "/automations" });
  };
  return (
    <Dialog title={say("automation.remove.title", { name: stored.name })} close={close}>
      <p>{say("automation.remove.about")}</p>
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("cancel")}
        </button>
        <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>
          {say("automation.remove")}
        </button>
      </footer>
    </Dialog>
  );
}
