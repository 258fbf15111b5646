/** The time that a scorecard is about, as it stands in the address; without it, all. */
export interface Chosen {
  period?: Period;
}

export const PERIODS = ["quarter", "year", "months"] as const;
export type Period = (typeof PERIODS)[number];

export function readPeriod(given: Record<string, unknown>): Record<string, unknown> {
  const period = PERIODS.find((one) => one === given.period);
  return period ? { period } : {};
}

/** From its first day until today, in UTC; null for all time. */
export function daysOf(period: Period | undefined, now = new Date()): { from: string; to: string } | null {
  if (!period) return null;
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  const first = {
    quarter: Date.UTC(year, month - (month % 3), 1),
    year: Date.UTC(year, 0, 1),
    months: Date.UTC(year - 1, month, now.getUTCDate()),
  }[period];
  return { from: new Date(first).toISOString().slice(0, 10), to: now.toISOString().slice(0, 10) };
}
