/** Of how many days the figures are, as it stands in the address. */

export const SPANS = ["7", "30", "90"] as const;
export type Span = (typeof SPANS)[number];

export function readSpan({ days }: Record<string, unknown>): Record<string, unknown> {
  const known = SPANS.find((one) => one === days || Number(one) === days);
  return known && known !== "30" ? { days: known } : {};
}
