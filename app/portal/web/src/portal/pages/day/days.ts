/** Moments of a person's day. */

const DAY = 86_400_000;

/** How many days from now a protection that ends is shown. */
export const PROTECTION_AHEAD = 45;

/** A moment so many days ahead, at the full hour: the same for a while, so that questions are asked once. */
export function ahead(days: number): string {
  const hour = 3_600_000;
  return new Date(Math.ceil((Date.now() + days * DAY) / hour) * hour).toISOString();
}

export type Due = "overdue" | "today" | "week" | "later" | "someday";
export const DUES: readonly Due[] = ["overdue", "today", "week", "later", "someday"];

export function dueOf(dueAt: string | null, now = new Date()): Due {
  if (!dueAt) return "someday";
  const due = new Date(dueAt);
  if (due < now) return "overdue";
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  if (due < midnight) return "today";
  return due.getTime() < midnight.getTime() + 6 * DAY ? "week" : "later";
}

export function partOfDay(now = new Date()): "morning" | "afternoon" | "evening" {
  const hour = now.getHours();
  if (hour < 12) return "morning";
  return hour < 18 ? "afternoon" : "evening";
}
