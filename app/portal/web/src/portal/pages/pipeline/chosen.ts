/** What the figures are of, as it stands in the address. */
export interface Chosen {
  playbook?: string;
  partner?: string;
  /** `2026-Q4`, `2026-11` or `2026`. */
  period?: string;
  currency?: string;
  /** The part of the changes whose deals are listed. */
  part?: Part;
}

export const PARTS = [
  "opening",
  "created",
  "reopened",
  "increased",
  "movedIn",
  "transferredIn",
  "decreased",
  "movedOut",
  "transferredOut",
  "won",
  "lost",
  "removed",
  "closing",
] as const;
export type Part = (typeof PARTS)[number];

export function readChosen(given: Record<string, unknown>): Record<string, unknown> {
  const found: Chosen = {};
  const { playbook, partner, period, currency, part } = given;
  if (typeof playbook === "string" && playbook) found.playbook = playbook.slice(0, 200);
  if (typeof partner === "string" && partner) found.partner = partner.slice(0, 200);
  if (typeof period === "string" && /^\d{4}(-Q[1-4]|-\d{2})?$/.test(period)) found.period = period;
  if (typeof period === "number" && period > 1999 && period < 10_000) found.period = String(period);
  if (typeof currency === "string" && /^[A-Z]{3}$/.test(currency)) found.currency = currency;
  const known = PARTS.find((one) => one === part);
  if (known) found.part = known;
  return { ...found };
}
