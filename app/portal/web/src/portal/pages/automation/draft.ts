/** A definition as it is being written: every field as typed. */

import type {
  AutomationInput,
  AutomationStepInput,
  AutomationStepKind,
  AutomationTemplatesQuery,
  AutomationTriggerInput,
  EventType,
  WholeAutomationFragment,
} from "@/generated/operations";
import { delayOf, minutesOf, type Unit } from "../automations/words";
import { type Settings, settingsOf } from "./settings";

export type Whole = WholeAutomationFragment;
export type Template = AutomationTemplatesQuery["automationTemplates"][number];

export const TRIGGERS = ["events", "daysInStage", "daysSilent", "daysBeforeClose", "schedule"] as const;
export type TriggerKind = (typeof TRIGGERS)[number];

export interface TriggerDraft {
  kind: TriggerKind;
  events: readonly EventType[];
  /** Of those kinds that take a number of days. */
  days: string;
  isAfterClose: boolean;
  schedule: string;
  timeZone: string;
}

export interface StepDraft {
  /** Keeps a step apart from its neighbours while they move. */
  id: string;
  kind: AutomationStepKind;
  settings: Settings;
  delay: string;
  unit: Unit;
  onlyIfStill: string;
}

export interface Draft {
  key: string;
  name: string;
  description: string;
  playbookKey: string;
  trigger: TriggerDraft;
  condition: string;
  steps: readonly StepDraft[];
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function emptyStep(kind: AutomationStepKind, minutes = 0): StepDraft {
  const { count, unit } = delayOf(minutes);
  return {
    id: crypto.randomUUID(),
    kind,
    settings: settingsOf(kind),
    delay: String(count),
    unit,
    onlyIfStill: "",
  };
}

export function draftOf(given: Whole | Template | undefined): Draft {
  if (!given) {
    return {
      key: "",
      name: "",
      description: "",
      playbookKey: "",
      trigger: {
        kind: "events",
        events: [],
        days: "7",
        isAfterClose: false,
        schedule: "0 8 * * MON",
        timeZone: ownZone(),
      },
      condition: "",
      steps: [emptyStep("CREATE_TASK")],
    };
  }
  const { events, daysInStage, daysSilent, daysBeforeClose, schedule, timeZone } = given.trigger;
  const kind = TRIGGERS.find((one) => given.trigger[one] !== null) ?? "events";
  const days = daysInStage ?? daysSilent ?? daysBeforeClose;
  return {
    key: given.key,
    name: given.name,
    description: given.description ?? "",
    playbookKey: ("playbookKey" in given && given.playbookKey) || "",
    trigger: {
      kind,
      events: events ?? [],
      days: days === null ? "7" : String(Math.abs(days)),
      isAfterClose: daysBeforeClose !== null && daysBeforeClose < 0,
      schedule: schedule ?? "0 8 * * MON",
      timeZone,
    },
    condition: given.condition,
    steps: given.steps.map((step) => ({
      ...emptyStep(step.kind, step.afterMinutes),
      settings: { ...(step.settings as Settings) },
      onlyIfStill: step.onlyIfStill ?? "",
    })),
  };
}

const MOST = 2_147_483_647;

/** A whole number that the API takes, or null for what is none: the API then says what it wants. */
export function whole(typed: string): number | null {
  if (!/^\s*-?\d+\s*$/.test(typed)) return null;
  return Math.max(-MOST, Math.min(MOST, Number(typed)));
}

function triggerInput(trigger: TriggerDraft): AutomationTriggerInput {
  const { kind, events, days, isAfterClose, schedule, timeZone } = trigger;
  const count = whole(days);
  const zone = { timeZone: timeZone.trim() };
  if (kind === "events") return { events: [...events], ...zone };
  if (kind === "schedule") return { schedule, ...zone };
  if (kind === "daysBeforeClose") return { daysBeforeClose: count && isAfterClose ? -count : count, ...zone };
  return { [kind]: count, ...zone };
}

function stepInput({ kind, settings, delay, unit, onlyIfStill }: StepDraft): AutomationStepInput {
  const count = Number(delay.replace(",", "."));
  const minutes = Number.isFinite(count) && delay.trim() ? minutesOf(count, unit) : -1;
  return {
    kind,
    settings: settingsOf(kind, settings),
    afterMinutes: Math.max(-1, Math.min(MOST, minutes)),
    onlyIfStill: onlyIfStill.trim() || null,
  };
}

export function inputOf(draft: Draft): AutomationInput {
  return {
    key: draft.key.trim(),
    name: draft.name.trim(),
    description: draft.description.trim() || null,
    playbookKey: draft.playbookKey || null,
    trigger: triggerInput(draft.trigger),
    condition: draft.condition.trim(),
    steps: draft.steps.map(stepInput),
  };
}

/** Made of a name: `Close date passed` is `close-date-passed`. */
export function keyOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/ß/g, "ss").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replace(/^-|-$/g, "");
}

export function same(one: Draft, other: Draft): boolean {
  return JSON.stringify(inputOf(one)) === JSON.stringify(inputOf(other));
}

export type DraftPart = "name" | "description" | "playbook" | "trigger" | "condition" | "steps";

/** Where the two differ. */
export function differences(one: Draft, other: Draft): DraftPart[] {
  const [a, b] = [inputOf(one), inputOf(other)];
  const pairs: [DraftPart, unknown, unknown][] = [
    ["name", a.name, b.name],
    ["description", a.description, b.description],
    ["playbook", a.playbookKey, b.playbookKey],
    ["trigger", a.trigger, b.trigger],
    ["condition", a.condition, b.condition],
    ["steps", a.steps, b.steps],
  ];
  return pairs.filter(([, mine, theirs]) => JSON.stringify(mine) !== JSON.stringify(theirs)).map(([part]) => part);
}
