/** What is different in one playbook compared with another, part by part, in playbook order. */

import type { Activity, Criterion, Doc, Stage } from "./model.ts";
import { same } from "./model.ts";
import type { Place } from "./saving";

export type What = "playbook" | "stage" | "entryCriteria" | "exitCriteria" | "activities" | "contents";

export interface Difference extends Place {
  kind: "added" | "removed" | "moved" | "changed";
  what: What;
  /** What people call it. */
  name: string;
  /** Of what changed: the field, before and after. */
  before?: unknown;
  after?: unknown;
}

const HEAD = ["name", "description", "industry", "reviewDueAt"] as const;
const STAGE = [
  "name",
  "definition",
  "kind",
  "buyerPhase",
  "winProbability",
  "forecastCategory",
  "targetDays",
  "autoAdvance",
  "aliases",
] as const;
const CRITERION = [
  "description",
  "required",
  "expression",
  "confirmedBy",
  "locks",
  "reader",
  "customerWording",
] as const;
const ACTIVITY = [
  "name",
  "description",
  "required",
  "effortMinutes",
  "confirmedBy",
  "reader",
  "customerWording",
  "serves",
] as const;

export function differences(before: Doc, after: Doc): Difference[] {
  return [
    ...changed(before, after, HEAD, "playbook", after.name, {}),
    ...listed(
      before.stages,
      after.stages,
      "stage",
      ({ name }) => name,
      ({ key }) => ({ stage: key }),
      stageDifferences,
    ),
  ];
}

function stageDifferences(before: Stage, after: Stage): Difference[] {
  const stage = after.key;
  const at = ({ key }: { key: string }) => ({ stage, part: key });
  const described = ({ description }: Criterion) => description;
  const criteria = (list: "entryCriteria" | "exitCriteria") =>
    listed(before[list], after[list], list, described, at, (old, now) =>
      changed(old, now, CRITERION, list, now.description, at(now)),
    );
  const called = ({ name }: Activity) => name;
  const contents = (keys: readonly string[]) => keys.map((key) => ({ key }));
  return [
    ...changed(before, after, STAGE, "stage", after.name, { stage }),
    ...criteria("entryCriteria"),
    ...criteria("exitCriteria"),
    ...listed(before.activities, after.activities, "activities", called, at, (old, now) =>
      changed(old, now, ACTIVITY, "activities", now.name, at(now)),
    ),
    ...listed(
      contents(before.contents),
      contents(after.contents),
      "contents",
      ({ key }) => key,
      () => ({ stage }),
      () => [],
    ),
  ];
}

function listed<Item extends { key: string }>(
  before: readonly Item[],
  after: readonly Item[],
  what: What,
  nameOf: (item: Item) => string,
  placeOf: (item: Item) => Place,
  inside: (old: Item, now: Item) => Difference[],
): Difference[] {
  const old = new Map(before.map((item) => [item.key, item]));
  const now = new Set(after.map(({ key }) => key));
  const gone = before.filter(({ key }) => !now.has(key));
  const moved = new Set(
    outOfOrder(
      before.map(({ key }) => key),
      after.map(({ key }) => key),
    ),
  );
  return [
    ...gone.map((item) => ({ kind: "removed" as const, what, name: nameOf(item), ...placeOf(item) })),
    ...after.flatMap((item) => {
      const place = { what, name: nameOf(item), ...placeOf(item) };
      const known = old.get(item.key);
      if (!known) return [{ kind: "added" as const, ...place }];
      const found = inside(known, item);
      return moved.has(item.key) ? [{ kind: "moved" as const, ...place }, ...found] : found;
    }),
  ];
}

/** The fewest of the common keys that have to move for the one order to become the other. */
function outOfOrder(before: readonly string[], after: readonly string[]): string[] {
  const place = new Map(before.map((key, at) => [key, at]));
  const common = after.filter((key) => place.has(key));
  const at = common.map((key) => place.get(key) ?? 0);
  // The longest run that rises: whatever isn't in it has moved.
  const length: number[] = [];
  const from: number[] = [];
  at.forEach((value, n) => {
    length[n] = 1;
    from[n] = -1;
    for (let m = 0; m < n; m += 1) {
      if ((at[m] ?? 0) < value && (length[m] ?? 0) + 1 > (length[n] ?? 0)) {
        length[n] = (length[m] ?? 0) + 1;
        from[n] = m;
      }
    }
  });
  const kept = new Set<number>();
  let last = length.indexOf(Math.max(0, ...length));
  while (last >= 0) {
    kept.add(last);
    last = from[last] ?? -1;
  }
  return common.filter((_, n) => !kept.has(n));
}

function changed<Item>(
  before: Item,
  after: Item,
  fields: readonly (keyof Item & string)[],
  what: What,
  name: string,
  place: Place,
): Difference[] {
  return fields
    .filter((field) => !same(before[field], after[field]))
    .map((field) => ({
      kind: "changed" as const,
      what,
      name,
      ...place,
      field,
      before: before[field],
      after: after[field],
    }));
}
