import { AuditPeople } from "@operations/administration.graphql";
import { useId, useState } from "react";
import { useQuery } from "urql";
import { useText } from "../../messages/context";
import { LabelledChoice, LabelledText } from "../../ui/Labelled";
import { EVENTS } from "../automations/words";
import type { Filters } from "./filters";

/** Those beside events that are asked for most. */
const ACTIONS = [
  "AUTOMATION_DISABLED",
  "AUTOMATION_ENABLED",
  "AUTOMATION_REMOVED",
  "AUTOMATION_SAVED",
  "BACKUP",
  "EXPORT",
  "FORECAST_SUBMITTED",
  "IMPORT",
  "LOG_DROPPED",
  "PARTNER_CHANGED",
  "PARTNER_CREATED",
  "PERSON_ERASED",
  "PERSON_EXPORTED",
  "PROMPT_CHOSEN",
  "RESEALED",
  "RESTORE",
  "TARGET_SET",
  "TOKEN_REFUSED",
  "USER_ACTIVATED",
  "USER_CHANGED",
  "USER_CREATED",
  "USER_DEACTIVATED",
  ...EVENTS,
].sort();

interface Given {
  filters: Filters;
  change: (filters: Filters) => void;
}

/** What narrows the list; texts take effect when they are left, or by Enter. */
export function FilterBar({ filters, change }: Given) {
  const say = useText();
  const actions = useId();
  const [{ data }] = useQuery({ query: AuditPeople });
  const people = data?.users.nodes ?? [];
  const { actor = "", from = "", to = "" } = filters;
  const set = (name: keyof Filters, value: string) => {
    const { [name]: _, ...others } = filters;
    change(value.trim() ? { ...others, [name]: value.trim() } : others);
  };
  return (
    <search className="panel admin-part">
      <div className="audit-filters">
        <Late
          key={`action ${filters.action ?? ""}`}
          label={say("audit.column.action")}
          value={filters.action ?? ""}
          set={(value) => set("action", value.toUpperCase())}
          list={actions}
        />
        <datalist id={actions}>
          {ACTIONS.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <LabelledChoice
          label={say("audit.column.actor")}
          options={[
            { id: "", label: say("audit.actor.all") },
            ...people.map(({ id, name }) => ({ id, label: name })),
            ...(actor && !people.some(({ id }) => id === actor) ? [{ id: actor, label: actor }] : []),
          ]}
          value={actor}
          choose={(id) => set("actor", id)}
        />
        <Late
          key={`subject ${filters.subject ?? ""}`}
          label={say("audit.column.subject")}
          value={filters.subject ?? ""}
          set={(value) => set("subject", value)}
        />
        <LabelledText label={say("audit.from")} type="date" value={from} change={(day) => set("from", day)} />
        <LabelledText label={say("audit.to")} type="date" value={to} change={(day) => set("to", day)} />
      </div>
      {Object.keys(filters).length > 0 && (
        <p>
          <button type="button" className="button small" onClick={() => change({})}>
            {say("audit.clear")}
          </button>
        </p>
      )}
    </search>
  );
}

interface LateGiven {
  label: string;
  value: string;
  set: (value: string) => void;
  list?: string;
}

function Late({ label, value, set, list }: LateGiven) {
  const [typed, setTyped] = useState(value);
  const commit = () => typed.trim() !== value && set(typed);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: of the field inside
    <div onBlur={commit} onKeyDown={(event) => event.key === "Enter" && commit()}>
      <LabelledText label={label} value={typed} change={setTyped} most={200} {...(list && { list })} />
    </div>
  );
}
