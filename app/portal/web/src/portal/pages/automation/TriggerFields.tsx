import { useId } from "react";
import { useLocale, useText } from "../../messages/context";
import { LabelledChoice, LabelledText } from "../../ui/Labelled";
import { EventPicker } from "../automations/EventPicker";
import { scheduleInWords } from "../automations/words";
import { TRIGGERS, type TriggerDraft, type TriggerKind } from "./draft";
import type { Problems } from "./problems";

const ZONES = typeof Intl.supportedValuesOf === "function" ? ["UTC", ...Intl.supportedValuesOf("timeZone")] : ["UTC"];

interface Given {
  trigger: TriggerDraft;
  problems: Problems;
  change: (trigger: TriggerDraft) => void;
}

/** One of the kinds of triggers, with what that kind takes. */
export function TriggerFields({ trigger, problems, change }: Given) {
  const say = useText();
  const { language } = useLocale();
  const zones = useId();
  const { kind, events, days, isAfterClose, schedule, timeZone } = trigger;
  const set = (changes: Partial<TriggerDraft>) => change({ ...trigger, ...changes });
  const hasZone = kind === "schedule" || kind === "daysBeforeClose";
  return (
    <div className="definition-grid">
      <LabelledChoice
        label={say("automation.trigger.kind")}
        options={TRIGGERS.map((id) => ({ id, label: say(`automation.trigger.${id}`) }))}
        value={kind}
        choose={(id) => set({ kind: id as TriggerKind })}
        error={problems.at("trigger")}
      />
      {kind === "events" && (
        <div className="definition-wide">
          <EventPicker
            label={say("automation.trigger.types")}
            chosen={events}
            change={(next) => set({ events: next })}
            error={problems.within("trigger.events")}
          />
        </div>
      )}
      {(kind === "daysInStage" || kind === "daysSilent" || kind === "daysBeforeClose") && (
        <LabelledText
          label={say("automation.trigger.days")}
          type="number"
          value={days}
          change={(next) => set({ days: next })}
          error={problems.at(`trigger.${kind}`)}
          isRequired
        />
      )}
      {kind === "daysBeforeClose" && (
        <LabelledChoice
          label={say("automation.trigger.side")}
          options={[
            { id: "before", label: say("automation.trigger.before") },
            { id: "after", label: say("automation.trigger.after") },
          ]}
          value={isAfterClose ? "after" : "before"}
          choose={(id) => set({ isAfterClose: id === "after" })}
        />
      )}
      {kind === "schedule" && (
        <LabelledText
          label={say("automation.trigger.cron")}
          value={schedule}
          change={(next) => set({ schedule: next })}
          error={problems.at("trigger.schedule")}
          hint={scheduleInWords(say, language, schedule)}
          isRequired
        />
      )}
      {hasZone && (
        <>
          <LabelledText
            label={say("automation.trigger.zone")}
            value={timeZone}
            change={(next) => set({ timeZone: next })}
            error={problems.at("trigger.timeZone")}
            list={zones}
          />
          <datalist id={zones}>
            {ZONES.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </div>
  );
}
