import type { EventType } from "@/generated/operations";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { LabelledGroup } from "../../ui/Labelled";
import { EVENTS, eventName } from "./words";
import "./picker.css";

interface Given {
  label: string;
  chosen: readonly EventType[];
  change: (chosen: EventType[]) => void;
  error?: string | undefined;
  /** In place of the list while nothing is chosen. */
  none?: string;
}

/** Types of events, each to be taken away again. */
export function EventPicker({ label, chosen, change, error, none }: Given) {
  const say = useText();
  return (
    <LabelledGroup label={label} error={error}>
      <div className="picker">
        {chosen.length === 0 && none && <span className="quiet">{none}</span>}
        {chosen.map((type) => (
          <button
            key={type}
            type="button"
            className="picked"
            aria-label={say("event.remove", { name: eventName(say, type) })}
            onClick={() => change(chosen.filter((one) => one !== type))}
          >
            {eventName(say, type)} <Icon name="close" size={12} />
          </button>
        ))}
        <Choice
          bare
          label={say("event.add")}
          options={[
            { id: "", label: say("event.add") },
            ...EVENTS.filter((type) => !chosen.includes(type)).map((id) => ({ id, label: eventName(say, id) })),
          ]}
          value=""
          choose={(id) => id && change([...chosen, id as EventType])}
        />
      </div>
    </LabelledGroup>
  );
}
