/** What is sent of a playbook, and what becomes of the parts that the server refuses. */

import type { ActivityInput, CriterionInput, StageInput, UpdatePlaybookInput } from "@/generated/operations";
import { type Activity, type Criterion, type Doc, LISTS, type Part, type Stage, same } from "./model.ts";

/** A place of a playbook: of its head, of a stage, or of a part of a stage. */
export interface Place {
  stage?: string;
  part?: string;
  field?: string;
}

export interface Fault extends Place {
  message: string;
}

/** All that differs from what the server has. Translations go along where they changed, or belong to something new. */
export function changesOf(doc: Doc, saved: Doc): Omit<UpdatePlaybookInput, "playbookId"> {
  return {
    ...(doc.name !== saved.name && { name: doc.name }),
    ...(doc.description !== saved.description && { description: doc.description }),
    ...(doc.industry !== saved.industry && { industry: doc.industry || null }),
    ...(doc.reviewDueAt !== saved.reviewDueAt && {
      reviewDueAt: doc.reviewDueAt ? `${doc.reviewDueAt}T00:00:00Z` : null,
    }),
    ...(!same(doc.translations, saved.translations) && { translations: doc.translations }),
    ...(!same(doc.stages, saved.stages) && { stages: doc.stages.map((stage) => stageOf(stage, saved)) }),
  };
}

function stageOf(stage: Stage, saved: Doc): StageInput {
  const before = saved.stages.find(({ key }) => key === stage.key);
  const known = before ? partsOf(before) : new Map<string, Part>();
  return {
    key: stage.key,
    name: stage.name,
    definition: stage.definition,
    kind: stage.kind,
    aliases: stage.aliases.map((one) => one.trim()).filter(Boolean),
    buyerPhase: stage.buyerPhase,
    winProbability: stage.winProbability,
    forecastCategory: stage.forecastCategory,
    targetDays: stage.targetDays,
    autoAdvance: stage.autoAdvance,
    entryCriteria: stage.entryCriteria.map((one) => criterionOf(one, known)),
    exitCriteria: stage.exitCriteria.map((one) => criterionOf(one, known)),
    activities: stage.activities.map((one) => activityOf(one, known)),
    contents: stage.contents,
    ...translationsOf(stage, before),
  };
}

function criterionOf(criterion: Criterion, known: ReadonlyMap<string, Part>): CriterionInput {
  const isComputed = criterion.expression !== null;
  return {
    key: criterion.key,
    description: criterion.description,
    required: criterion.required,
    expression: criterion.expression,
    confirmedBy: isComputed ? "ANYONE_ON_DEAL" : criterion.confirmedBy,
    locks: isComputed ? [] : criterion.locks,
    reader: criterion.reader,
    customerWording: criterion.customerWording.trim() || null,
    ...translationsOf(criterion, known.get(`criterion ${criterion.key}`)),
  };
}

function activityOf(activity: Activity, known: ReadonlyMap<string, Part>): ActivityInput {
  return {
    key: activity.key,
    name: activity.name,
    description: activity.description,
    required: activity.required,
    effortMinutes: activity.effortMinutes,
    confirmedBy: activity.confirmedBy,
    reader: activity.reader,
    customerWording: activity.customerWording.trim() || null,
    serves: activity.serves,
    ...translationsOf(activity, known.get(`activity ${activity.key}`)),
  };
}

/** Criteria keep their keys from entry to exit; activities have keys of their own. */
function partsOf(stage: Stage): Map<string, Part> {
  return new Map<string, Part>([
    ...[...stage.entryCriteria, ...stage.exitCriteria].map((one) => [`criterion ${one.key}`, one] as const),
    ...stage.activities.map((one) => [`activity ${one.key}`, one] as const),
  ]);
}

function translationsOf<T>(part: { translations: T[] }, before: { translations: unknown[] } | undefined) {
  const isKnown = before && same(part.translations, before.translations);
  return isKnown ? {} : { translations: part.translations };
}

/** Where in `doc` a path of the API leads: `["stages", "1", "exitCriteria", "0", "expression"]`. */
export function placeOf(doc: Doc, path: readonly string[]): Place {
  const [root, nth, second, place, field] = path;
  if (root !== "stages") return { ...(root && { field: root }) };
  const stage = doc.stages[Number(nth)];
  if (nth === undefined || !stage) return { field: "stages" };
  const list = LISTS.find((one) => one === second);
  const part = list && place !== undefined ? (stage[list] as Part[])[Number(place)] : undefined;
  if (part) return { stage: stage.key, part: part.key, ...(field && { field }) };
  return { stage: stage.key, ...(second && { field: second }) };
}

/**
 * `doc` with each part that is at fault as the server had it last; one that it never had is left out. Undefined where
 * the fault lies in no part, so that nothing can be sent without it.
 */
export function withoutFaulty(doc: Doc, saved: Doc, faults: readonly Fault[]): Doc | undefined {
  if (faults.some(({ stage }) => stage === undefined)) return undefined;
  const stages = doc.stages.flatMap((stage) => {
    const found = faults.filter((fault) => fault.stage === stage.key);
    const before = saved.stages.find(({ key }) => key === stage.key);
    if (found.some(({ part }) => part === undefined)) return before ? [before] : [];
    const faulty = new Set(found.map(({ part }) => part));
    const kept = { ...stage };
    for (const list of LISTS) {
      const known = new Map((before?.[list] as Part[] | undefined)?.map((one) => [one.key, one]));
      (kept[list] as Part[]) = (stage[list] as Part[]).flatMap((one) => {
        if (!faulty.has(one.key)) return [one];
        const last = known.get(one.key);
        return last ? [last] : [];
      });
    }
    const exits = new Set(kept.exitCriteria.map(({ key }) => key));
    kept.activities = kept.activities.map((one) => ({ ...one, serves: one.serves.filter((key) => exits.has(key)) }));
    return [kept];
  });
  return { ...doc, stages };
}
