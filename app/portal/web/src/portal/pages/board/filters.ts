import type { OpportunityFilter } from "@/generated/operations";

/** The board's filters, as they stand in the address. */
export interface Filters {
  playbook?: string;
  q?: string;
  partner?: string;
  owner?: string;
  stalled?: true;
}

const TEXTS = ["playbook", "q", "partner", "owner"] as const;
const LONGEST = 200;

export function filtersOf(given: Record<string, unknown>): Record<string, unknown> {
  const found: Filters = {};
  for (const name of TEXTS) {
    const value = given[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "")
      found[name] = String(value).slice(0, LONGEST);
  }
  if (given.stalled === true || given.stalled === "true") found.stalled = true;
  return { ...found };
}

export function filterOf(playbookKey: string, { q, partner, owner, stalled }: Filters): OpportunityFilter {
  return {
    playbookKey,
    status: ["OPEN", "WON", "LOST"],
    ...(q && { search: q }),
    ...(partner && { partnerId: partner }),
    ...(owner && { ownerId: owner }),
    ...(stalled && { stalled: true }),
  };
}

export function isFiltered({ q, partner, owner, stalled }: Filters): boolean {
  return Boolean(q || partner || owner || stalled);
}
