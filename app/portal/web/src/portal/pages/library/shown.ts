import type { ContentFilter, ContentKind, LifecyclePhase, PartnerTier } from "@/generated/operations";

/** What the library is narrowed by, as it stands in its address. */
export interface Shown {
  q?: string;
  /** The id of a stage. */
  stage?: string;
  phase?: LifecyclePhase;
  kind?: ContentKind;
  language?: string;
  tier?: PartnerTier;
}

export const PHASES: readonly LifecyclePhase[] = [
  "STRATEGIZE",
  "RECRUIT",
  "ONBOARD",
  "ENABLE",
  "MARKET",
  "SELL",
  "INCENTIVIZE",
  "ACCELERATE",
];
export const KINDS: readonly ContentKind[] = [
  "BATTLECARD",
  "CASE_STUDY",
  "CHECKLIST",
  "DECK",
  "DEMO",
  "PRICING",
  "TEMPLATE",
  "TRAINING",
];
export const TIERS: readonly PartnerTier[] = ["REGISTERED", "SILVER", "GOLD", "PLATINUM"];

const LONGEST = 200;

export function readShown(given: Record<string, unknown>): Record<string, unknown> {
  const found: Shown = {};
  for (const name of ["q", "stage"] as const) {
    const value = given[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "")
      found[name] = String(value).slice(0, LONGEST);
  }
  const { language } = given;
  if (typeof language === "string" && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language)) found.language = language;
  const phase = PHASES.find((one) => one === given.phase);
  const kind = KINDS.find((one) => one === given.kind);
  const tier = TIERS.find((one) => one === given.tier);
  if (phase) found.phase = phase;
  if (kind) found.kind = kind;
  if (tier) found.tier = tier;
  return { ...found };
}

export function filterOf({ q, phase, kind, language, tier }: Shown): ContentFilter {
  return {
    ...(q && { search: q }),
    ...(phase && { lifecyclePhase: phase }),
    ...(kind && { kinds: [kind] }),
    ...(language && { languages: [language] }),
    ...(tier && { audience: tier }),
  };
}

export function isNarrowed(shown: Shown): boolean {
  return Object.keys(shown).length > 0;
}
