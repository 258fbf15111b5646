/** A playbook as it is edited: plain data, and the changes that the editor makes to it. Parts are known by their keys. */

import type {
  ActivityTranslationInput,
  BuyerPhase,
  ConfirmedBy,
  CriterionPartsFragment,
  CriterionTranslationInput,
  ForecastCategory,
  PlaybookPartsFragment,
  PlaybookTranslationInput,
  Reader,
  StageKind,
  StageTranslationInput,
} from "@/generated/operations";

export interface Criterion {
  key: string;
  description: string;
  required: boolean;
  /** Null: a person marks it. */
  expression: string | null;
  confirmedBy: ConfirmedBy;
  locks: string[];
  reader: Reader;
  customerWording: string;
  translations: CriterionTranslationInput[];
}

export interface Activity {
  key: string;
  name: string;
  description: string;
  required: boolean;
  effortMinutes: number | null;
  confirmedBy: ConfirmedBy;
  reader: Reader;
  customerWording: string;
  /** Keys of exit criteria of the same stage. */
  serves: string[];
  translations: ActivityTranslationInput[];
}

export interface Stage {
  key: string;
  name: string;
  definition: string;
  kind: StageKind;
  aliases: string[];
  buyerPhase: BuyerPhase | null;
  /** From 0 to 1. */
  winProbability: number;
  forecastCategory: ForecastCategory;
  targetDays: number | null;
  autoAdvance: boolean;
  entryCriteria: Criterion[];
  exitCriteria: Criterion[];
  activities: Activity[];
  /** Keys of content, best first. */
  contents: string[];
  translations: StageTranslationInput[];
}

export interface Doc {
  name: string;
  description: string;
  industry: string;
  /** A day, such as `2026-05-01`, or nothing. */
  reviewDueAt: string;
  translations: PlaybookTranslationInput[];
  stages: Stage[];
}

export const LISTS = ["entryCriteria", "exitCriteria", "activities"] as const;
export type List = (typeof LISTS)[number];
export type Part = Criterion | Activity;

export function docOf(playbook: PlaybookPartsFragment): Doc {
  return {
    name: playbook.name,
    description: playbook.description,
    industry: playbook.industry ?? "",
    reviewDueAt: playbook.reviewDueAt?.slice(0, 10) ?? "",
    translations: playbook.translations.map(({ language, name, description }) => ({ language, name, description })),
    stages: playbook.stages.map((stage) => ({
      key: stage.key,
      name: stage.name,
      definition: stage.definition,
      kind: stage.kind,
      aliases: [...stage.aliases],
      buyerPhase: stage.buyerPhase,
      winProbability: stage.winProbability,
      forecastCategory: stage.forecastCategory,
      targetDays: stage.targetDays,
      autoAdvance: stage.autoAdvance,
      entryCriteria: stage.entryCriteria.map(criterionOf),
      exitCriteria: stage.exitCriteria.map(criterionOf),
      activities: stage.activities.map((activity) => ({
        key: activity.key,
        name: activity.name,
        description: activity.description,
        required: activity.required,
        effortMinutes: activity.effortMinutes,
        confirmedBy: activity.confirmedBy,
        reader: activity.reader,
        customerWording: activity.customerWording ?? "",
        serves: activity.serves.map(({ key }) => key),
        translations: activity.translations.map(({ language, name, description, customerWording }) => ({
          language,
          name,
          description,
          customerWording,
        })),
      })),
      contents: [...new Set(stage.contents.nodes.map(({ key }) => key))],
      translations: stage.translations.map(({ language, name, definition }) => ({ language, name, definition })),
    })),
  };
}

function criterionOf(criterion: CriterionPartsFragment): Criterion {
  return {
    key: criterion.key,
    description: criterion.description,
    required: criterion.required,
    expression: criterion.expression,
    confirmedBy: criterion.confirmedBy,
    locks: [...criterion.locks],
    reader: criterion.reader,
    customerWording: criterion.customerWording ?? "",
    translations: criterion.translations.map(({ language, description, customerWording }) => ({
      language,
      description,
      customerWording,
    })),
  };
}

const LONGEST_KEY = 60;

/** A key made of a name: small letters, digits and hyphens, and none of those that are `taken`. */
export function keyOf(name: string, taken: Iterable<string>): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST_KEY)
    .replace(/^-|-$/g, "");
  const base = plain || "part";
  const known = new Set(taken);
  let found = base;
  for (let n = 2; known.has(found); n += 1) found = `${base}-${n}`;
  return found;
}

const isOpen = ({ kind }: Stage) => kind === "OPEN";

/** An open stage, before the closed ones; a little more likely to be won than the one before it. */
export function addedStage(doc: Doc, name: string): { doc: Doc; key: string } {
  const key = keyOf(
    name,
    doc.stages.map((stage) => stage.key),
  );
  const open = doc.stages.filter(isOpen);
  const last = open.at(-1);
  const winProbability = last ? Math.round((last.winProbability + (1 - last.winProbability) / 4) * 100) / 100 : 0.1;
  const stage: Stage = {
    key,
    name,
    definition: "",
    kind: "OPEN",
    aliases: [],
    buyerPhase: last?.buyerPhase ?? null,
    winProbability,
    forecastCategory: last?.forecastCategory ?? "PIPELINE",
    targetDays: null,
    autoAdvance: false,
    entryCriteria: [],
    exitCriteria: [],
    activities: [],
    contents: [],
    translations: [],
  };
  return { doc: { ...doc, stages: [...open, stage, ...doc.stages.filter((one) => !isOpen(one))] }, key };
}

export function withoutStage(doc: Doc, key: string): Doc {
  return { ...doc, stages: doc.stages.filter((stage) => stage.key !== key) };
}

/** Whether `stage` may take the place `step` further on: open ones stand before closed ones. */
export function mayMove(doc: Doc, key: string, step: number): boolean {
  const at = doc.stages.findIndex((stage) => stage.key === key);
  const [stage, other] = [doc.stages[at], doc.stages[at + step]];
  return Boolean(stage && other && isOpen(stage) === isOpen(other));
}

export function movedStage(doc: Doc, key: string, step: number): Doc {
  if (!mayMove(doc, key, step)) return doc;
  return { ...doc, stages: moved(doc.stages, (stage) => stage.key === key, step) };
}

/** Whether a stage may go: of open and of lost ones there has to be one, and the won one stays. */
export function mayRemove(doc: Doc, { kind }: Stage): boolean {
  return kind !== "WON" && doc.stages.filter((stage) => stage.kind === kind).length > 1;
}

export function moved<Item>(items: readonly Item[], isIt: (item: Item) => boolean, step: number): Item[] {
  const at = items.findIndex(isIt);
  const to = at + step;
  if (at < 0 || to < 0 || to >= items.length) return [...items];
  const rest = items.filter((_, place) => place !== at);
  return [...rest.slice(0, to), items[at] as Item, ...rest.slice(to)];
}

export function withStage(doc: Doc, key: string, change: (stage: Stage) => Stage): Doc {
  return { ...doc, stages: doc.stages.map((stage) => (stage.key === key ? change(stage) : stage)) };
}

export function addedCriterion(stage: Stage, list: "entryCriteria" | "exitCriteria", description: string): Stage {
  const key = keyOf(
    description,
    [...stage.entryCriteria, ...stage.exitCriteria].map((one) => one.key),
  );
  const criterion: Criterion = {
    key,
    description,
    required: true,
    expression: null,
    confirmedBy: "ANYONE_ON_DEAL",
    locks: [],
    reader: "PARTNER",
    customerWording: "",
    translations: [],
  };
  return { ...stage, [list]: [...stage[list], criterion] };
}

export function addedActivity(stage: Stage, name: string): Stage {
  const key = keyOf(
    name,
    stage.activities.map((one) => one.key),
  );
  const activity: Activity = {
    key,
    name,
    description: "",
    required: false,
    effortMinutes: null,
    confirmedBy: "ANYONE_ON_DEAL",
    reader: "PARTNER",
    customerWording: "",
    serves: [],
    translations: [],
  };
  return { ...stage, activities: [...stage.activities, activity] };
}

/** Without the part; and no activity serves an exit criterion that is gone. */
export function withoutPart(stage: Stage, list: List, key: string): Stage {
  const rest = { ...stage, [list]: (stage[list] as Part[]).filter((one) => one.key !== key) };
  if (list !== "exitCriteria") return rest;
  return {
    ...rest,
    activities: rest.activities.map((one) => ({ ...one, serves: one.serves.filter((s) => s !== key) })),
  };
}

export function withPart<Kind extends Part>(
  stage: Stage,
  list: List,
  key: string,
  change: (part: Kind) => Kind,
): Stage {
  return { ...stage, [list]: (stage[list] as Part[]).map((one) => (one.key === key ? change(one as Kind) : one)) };
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether both are stored as the same: blanks around a text are not. */
export function alike(one: unknown, other: unknown): boolean {
  const plain = (_: string, value: unknown) => (typeof value === "string" ? value.trim() : value);
  return one === other || JSON.stringify(one, plain) === JSON.stringify(other, plain);
}
