import { Link } from "@tanstack/react-router";
import { useFormats, useText } from "../../messages/context";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { type Draft, differences, draftOf, type Whole } from "./draft";

interface Given {
  draft: Draft;
  base: Whole;
  theirs: Whole;
  busy: boolean;
  keep: () => void;
  take: () => void;
}

/** Somebody else has saved meanwhile: what they changed, what was changed here, and the ways on. Nothing is lost by itself. */
export function Conflict({ draft, base, theirs, busy, keep, take }: Given) {
  const say = useText();
  const formats = useFormats();
  const named = (one: Draft, other: Draft) =>
    differences(one, other)
      .map((part) => say(`automation.part.of.${part}`))
      .join(", ");
  const who = theirs.updatedBy?.name ?? say("automation.conflict.somebody");
  return (
    <div className="automation-conflict" role="alert">
      <Icon name="alert" size={20} />
      <div>
        <p className="conflict-title">
          {say("automation.conflict", { who, version: theirs.version, when: formats.time(theirs.updatedAt) })}
        </p>
        <p>{say("automation.conflict.theirs", { parts: named(draftOf(theirs), draftOf(base)) || "–" })}</p>
        <p>{say("automation.conflict.yours", { parts: named(draft, draftOf(base)) || "–" })}</p>
        <p className="automation-ways">
          <button type="button" className="button" disabled={busy} onClick={keep}>
            {say("automation.conflict.keep", { version: theirs.version + 1 })}
          </button>
          <button type="button" className="button" disabled={busy} onClick={take}>
            {say("automation.conflict.take", { version: theirs.version })}
          </button>
        </p>
      </div>
    </div>
  );
}

/** A new one's key is another's; `null`: the one that was being changed was removed. */
export function Clash({ other, save, busy }: { other: Whole | null; save: () => void; busy: boolean }) {
  const say = useText();
  return (
    <div className="automation-conflict" role="alert">
      <Icon name="alert" size={20} />
      <div>
        {other ? (
          <p>
            {say("automation.clash", { key: other.key })} <Link to={`/automations/${other.id}`}>{other.name}</Link>
          </p>
        ) : (
          <>
            <p>{say("automation.gone")}</p>
            <p className="automation-ways">
              <button type="button" className="button" disabled={busy} onClick={save}>
                {say("automation.gone.save")}
              </button>
            </p>
          </>
        )}
      </div>
    </div>
  );
}

/** Asks before what was typed is left behind. */
export function Leaving({ stay, leave }: { stay: () => void; leave: () => void }) {
  const say = useText();
  return (
    <Dialog title={say("automation.leave.title")} close={stay}>
      <p>{say("automation.leave.about")}</p>
      <footer>
        <button type="button" className="button danger" onClick={leave}>
          {say("automation.leave.do")}
        </button>
        <button type="button" className="button primary" onClick={stay}>
          {say("automation.leave.stay")}
        </button>
      </footer>
    </Dialog>
  );
}
