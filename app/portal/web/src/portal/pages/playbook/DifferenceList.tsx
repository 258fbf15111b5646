import { useFormats, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { Icon } from "../../ui/Icon";
import type { Difference } from "./differences";
import type { Place } from "./saving";

interface Given {
  found: readonly Difference[];
  /** Where a stage's name stands that a difference is about. */
  stageName: (key: string) => string;
  titleOf: (contentKey: string) => string;
  lead?: (place: Place) => void;
}

const ICONS = { added: "plus", removed: "remove", moved: "sort", changed: "edit" } as const;

/** Differences in playbook order, each with what it was and what it is. */
export function DifferenceList({ found, stageName, titleOf, lead }: Given) {
  const say = useText();
  const shown = useShown();
  return (
    <ul className="differences">
      {found.map((one) => {
        const name = one.what === "contents" ? titleOf(one.name) : one.name;
        const isInside = one.what !== "stage" && one.stage;
        const head = (
          <>
            <span className={`difference-kind ${one.kind}`}>
              <Icon name={ICONS[one.kind]} size={14} />
              <span className="unseen">{say(`playbook.difference.${one.kind}`)}</span>
            </span>
            <span>
              <span className="quiet">
                {say(`playbook.what.${one.what}`)}
                {isInside && one.stage ? ` · ${stageName(one.stage)}` : ""}
              </span>
              <span className="difference-name">{name}</span>
            </span>
          </>
        );
        return (
          <li key={[one.kind, one.what, one.stage, one.part, one.name, one.field].join(" ")}>
            {lead && one.kind !== "removed" ? (
              <button type="button" className="difference-head" onClick={() => lead(one)}>
                {head}
              </button>
            ) : (
              <p className="difference-head">{head}</p>
            )}
            {one.kind === "changed" && (
              <p className="difference-values">
                <span className="quiet">{say(`playbook.field.${one.field}` as Key)}</span>{" "}
                <del>{shown(one.field, one.before)}</del> <ins>{shown(one.field, one.after)}</ins>
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A field's value in words. */
function useShown() {
  const say = useText();
  const formats = useFormats();
  return (field: string | undefined, value: unknown): string => {
    if (value === null || value === "" || (Array.isArray(value) && !value.length)) return "–";
    if (typeof value === "boolean") return say(value ? "playbook.yes" : "playbook.no");
    if (field === "winProbability") return formats.percent(value as number);
    if (field === "reviewDueAt") return formats.date(value as string);
    if (field === "forecastCategory") return say(`category.${value}` as Key);
    if (field === "buyerPhase") return say(`playbook.phase.${value}` as Key);
    if (field === "confirmedBy") return say(`playbook.confirmer.${value}` as Key);
    if (field === "reader") return say(`playbook.reader.${value}` as Key);
    if (field === "kind") return say(`playbook.kind.${value}` as Key);
    if (field === "locks") return (value as string[]).map((one) => say(`field.${one}` as Key)).join(", ");
    if (typeof value === "number") return formats.number(value);
    return Array.isArray(value) ? value.join(", ") : String(value);
  };
}
