import { useId } from "react";
import type { AutomationPlacesQuery, AutomationStepKind } from "@/generated/operations";
import { useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { Icon } from "../../ui/Icon";
import { LabelledChoice, LabelledGroup, LabelledText } from "../../ui/Labelled";
import type { Unit } from "../automations/words";
import type { StepDraft } from "./draft";
import type { Problems } from "./problems";
import { fieldsOf, KINDS, type SettingField, type Settings, settingsOf, settingValue } from "./settings";

type Playbook = NonNullable<AutomationPlacesQuery["playbook"]>;

export interface Places {
  stages: Playbook["stages"];
  /** Undefined for whoever may not send to any. */
  endpoints: NonNullable<AutomationPlacesQuery["webhookEndpoints"]>["nodes"] | undefined;
}

interface Given {
  step: StepDraft;
  place: number;
  count: number;
  places: Places;
  problems: Problems;
  change: (changes: Partial<StepDraft>) => void;
  move: (by: number) => void;
  remove: () => void;
}

/** A step: its kind, its settings, when it is done, and what must still hold then. */
export function StepFields({ step, place, count, places, problems, change, move, remove }: Given) {
  const say = useText();
  const { kind, settings, delay, unit, onlyIfStill } = step;
  const at = `steps.${place}`;
  const fields = fieldsOf(kind, settings);
  const number = place + 1;
  const kinds = KINDS.filter((one) => one !== "SEND_WEBHOOK" || places.endpoints || kind === one);
  const loose = problems.besides(at, [
    "kind",
    "afterMinutes",
    "onlyIfStill",
    ...fields.map(({ name }) => `settings.${name}`),
  ]);
  const set = (name: string, value: unknown) => change({ settings: { ...settings, [name]: value } });
  return (
    <li className="panel definition-part step-fields" aria-label={say("automation.step", { number })}>
      <header>
        <span className="step-number" aria-hidden="true">
          {number}
        </span>
        <LabelledChoice
          label={say("automation.step.kind")}
          options={kinds.map((id) => ({ id, label: say(`automation.kind.${id}`) }))}
          value={kind}
          choose={(id) => {
            const next = id as AutomationStepKind;
            if (next !== kind) change({ kind: next, settings: settingsOf(next) });
          }}
          error={problems.at(`${at}.kind`)}
        />
        <span className="step-tools">
          <button
            type="button"
            className="plain"
            disabled={place === 0}
            aria-label={say("automation.step.up", { number })}
            onClick={() => move(-1)}
          >
            <Icon name="up" size={16} />
          </button>
          <button
            type="button"
            className="plain"
            disabled={place === count - 1}
            aria-label={say("automation.step.down", { number })}
            onClick={() => move(1)}
          >
            <Icon name="down" size={16} />
          </button>
          <button
            type="button"
            className="plain"
            disabled={count === 1}
            aria-label={say("automation.step.remove", { number })}
            onClick={remove}
          >
            <Icon name="close" size={16} />
          </button>
        </span>
      </header>
      <div className="definition-grid">
        {fields.map((field) => (
          <div key={field.name} className={isWide(field) ? "definition-wide" : undefined}>
            <Setting
              kind={kind}
              field={field}
              settings={settings}
              places={places}
              error={problems.within(`${at}.settings.${field.name}`)}
              set={set}
            />
          </div>
        ))}
        <LabelledText
          label={say("automation.delay")}
          type="number"
          value={delay}
          change={(next) => change({ delay: next })}
          error={problems.at(`${at}.afterMinutes`)}
        />
        <LabelledChoice
          label={say("automation.delay.unit")}
          options={(["MINUTES", "HOURS", "DAYS"] as const).map((id) => ({
            id,
            label: say(`automation.delay.unit.${id}`),
          }))}
          value={unit}
          choose={(id) => change({ unit: id as Unit })}
        />
        <div className="definition-wide">
          <LabelledText
            label={say("automation.onlyIfStill")}
            value={onlyIfStill}
            change={(next) => change({ onlyIfStill: next })}
            error={problems.at(`${at}.onlyIfStill`)}
            hint={say("automation.onlyIfStill.about")}
            lines={1}
            isCode
          />
        </div>
      </div>
      {loose.map((message) => (
        <p key={message} className="labelled-error">
          {message}
        </p>
      ))}
    </li>
  );
}

function isWide(field: SettingField): boolean {
  return field.type === "people" || field.type === "text";
}

interface SettingGiven {
  kind: AutomationStepKind;
  field: SettingField;
  settings: Settings;
  places: Places;
  error: string | undefined;
  set: (name: string, value: unknown) => void;
}

const ONE = ["OWNER", "CHANNEL_MANAGER", "ACTOR"] as const;
const MANY = [...ONE, "PARTNER_MANAGERS", "TEAM", "VENDOR_ADMINS"] as const;

function Setting({ kind, field, settings, places, error, set }: SettingGiven) {
  const say = useText();
  const list = useId();
  const { name } = field;
  const label = say(`automation.setting.${kind}-${name}` as Key);
  const value = settingValue(field, settings);
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const change = (next: string) => set(name, next);
  switch (field.type) {
    case "text":
      return (
        <LabelledText
          label={label}
          value={text}
          change={change}
          error={error}
          isRequired={field.isRequired}
          {...(field.lines && { lines: field.lines })}
          {...(field.isRequired && { hint: say("automation.template.about") })}
        />
      );
    case "days":
      return (
        <LabelledText
          label={label}
          type="number"
          value={text}
          change={(next) => set(name, next === "" ? "" : Number(next))}
          error={error}
        />
      );
    case "person":
      return (
        <LabelledChoice
          label={label}
          options={[
            ...(field.isOptional ? [{ id: "", label: say("automation.person.none") }] : []),
            ...ONE.map((id) => ({ id, label: say(`automation.person.${id}`) })),
            // A user by their id, as the API takes it.
            ...(text && !ONE.some((one) => one === text) ? [{ id: text, label: text }] : []),
          ]}
          value={text}
          choose={change}
          error={error}
        />
      );
    case "people": {
      const chosen = Array.isArray(value) ? value.map(String) : [];
      return (
        <LabelledGroup label={label} error={error}>
          <div className="people-choices">
            {[...MANY, ...chosen.filter((one) => !MANY.some((name) => name === one))].map((id) => (
              <label key={id} className="toggle">
                <input
                  type="checkbox"
                  checked={chosen.includes(id)}
                  onChange={(event) =>
                    set(name, event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                  }
                />
                {MANY.some((name) => name === id) ? say(`automation.person.${id}` as Key) : id}
              </label>
            ))}
          </div>
        </LabelledGroup>
      );
    }
    case "choice":
      return (
        <LabelledChoice
          label={label}
          options={field.options.map((id) => ({
            id,
            label: say(`automation.value.${name}-${id || "NONE"}` as Key),
          }))}
          value={text}
          choose={change}
          error={error}
        />
      );
    case "flag":
      return (
        <LabelledChoice
          label={label}
          options={["true", "false"].map((id) => ({ id, label: say(`automation.value.${name}-${id}` as Key) }))}
          value={String(value)}
          choose={(id) => set(name, id === "true")}
          error={error}
        />
      );
    case "criterion":
    case "stage": {
      const known =
        field.type === "stage"
          ? [["NEXT", say("automation.stage.next")], ...places.stages.map((one) => [one.key, one.name])]
          : places.stages.flatMap(({ entryCriteria, exitCriteria }) =>
              [...entryCriteria, ...exitCriteria].map((one) => [one.key, one.description]),
            );
      return (
        <>
          <LabelledText label={label} value={text} change={change} error={error} list={list} isRequired />
          <datalist id={list}>
            {known.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </datalist>
        </>
      );
    }
    case "endpoint": {
      const known = places.endpoints ?? [];
      return (
        <LabelledChoice
          label={label}
          options={[
            ...(text ? [] : [{ id: "", label: say("automation.endpoint.choose") }]),
            ...known.map(({ id, url, description }) => ({ id, label: description ? `${description} · ${url}` : url })),
            ...(text && !known.some(({ id }) => id === text) ? [{ id: text, label: text }] : []),
          ]}
          value={text}
          choose={change}
          error={error}
        />
      );
    }
  }
}
