/** Which entries are listed, as it stands in the address. */

import type { AuditEntryFilter } from "@/generated/operations";

export interface Filters {
  action?: string;
  actor?: string;
  subject?: string;
  /** Days where the reader is, both included. */
  from?: string;
  to?: string;
}

const LONGEST = 200;
const NAMES = ["action", "actor", "subject", "from", "to"] as const;

export function readFilters(given: Record<string, unknown>): Record<string, unknown> {
  const found: Filters = {};
  for (const name of NAMES) {
    const value = given[name];
    const isDay = name === "from" || name === "to";
    if (typeof value !== "string" || !value.trim()) continue;
    if (isDay && Number.isNaN(midnight(value)?.getTime() ?? Number.NaN)) continue;
    found[name] = value.trim().slice(0, LONGEST);
  }
  return { ...found };
}

/** Where the day begins; a day further on with `days` 1. */
function midnight(day: string, days = 0): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  const found = new Date(Number(year), Number(month) - 1, Number(date));
  if (!year || found.getMonth() !== Number(month) - 1) return undefined; // no such day
  found.setDate(found.getDate() + days);
  return found;
}

export function filterOf({ action, actor, subject, from, to }: Filters): AuditEntryFilter {
  const since = from && midnight(from);
  const until = to && midnight(to, 1);
  return {
    ...(action && { actions: [action] }),
    ...(actor && { actorId: actor }),
    ...(subject && { subject }),
    ...(since && { since: since.toISOString() }),
    ...(until && { until: until.toISOString() }),
  };
}
