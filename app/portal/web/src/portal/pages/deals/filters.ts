import type { ForecastCategory, OpportunityFilter, OpportunityStatus } from "@/generated/operations";

/** What a list of deals is narrowed by, as it stands in its address. */
export interface DealFilters {
  playbook?: string;
  /** Keys of stages, by commas. */
  stages?: string;
  status?: OpportunityStatus;
  partner?: string;
  owner?: string;
  stalled?: true;
  category?: ForecastCategory;
  /** Expected to close from this day on, and until that one: `2026-10-01`. */
  closesFrom?: string;
  closesTo?: string;
  closedFrom?: string;
  closedTo?: string;
}

const TEXTS = ["playbook", "stages", "partner", "owner"] as const;
const DAYS = ["closesFrom", "closesTo", "closedFrom", "closedTo"] as const;
const STATUSES: readonly OpportunityStatus[] = ["OPEN", "WON", "LOST"];
const CATEGORIES: readonly ForecastCategory[] = ["BEST_CASE", "CLOSED", "COMMIT", "OMITTED", "PIPELINE"];
const LONGEST = 400;

export function readFilters(given: Record<string, unknown>): Record<string, unknown> {
  const found: DealFilters = {};
  for (const name of TEXTS) {
    const value = given[name];
    if (typeof value === "string" && value) found[name] = value.slice(0, LONGEST);
  }
  for (const name of DAYS) {
    const value = given[name];
    if (typeof value === "string" && isDay(value)) found[name] = value;
  }
  const status = STATUSES.find((one) => one === given.status);
  const category = CATEGORIES.find((one) => one === given.category);
  if (status) found.status = status;
  if (category) found.category = category;
  if (given.stalled === true || given.stalled === "true") found.stalled = true;
  return { ...found };
}

/** A day that there is: `2026-02-30` is none. */
function isDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** All but the category, which the API doesn't narrow by. */
export function filterOf(filters: DealFilters): OpportunityFilter {
  const { playbook, stages, status, partner, owner, stalled, closesFrom, closesTo, closedFrom, closedTo } = filters;
  return {
    ...(playbook && { playbookKey: playbook }),
    ...(stages && { stageKeys: stages.split(",") }),
    ...(status && { status: [status] }),
    ...(partner && { partnerId: partner }),
    ...(owner && { ownerId: owner }),
    ...(stalled && { stalled }),
    ...((closesFrom || closesTo) && { expectedCloseDate: { from: closesFrom ?? null, to: closesTo ?? null } }),
    ...((closedFrom || closedTo) && { closed: { from: closedFrom ?? null, to: closedTo ?? null } }),
  };
}
