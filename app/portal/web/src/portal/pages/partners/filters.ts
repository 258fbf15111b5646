import type { PartnerFilter, PartnerKind, PartnerOrder, PartnerStatus, PartnerTier } from "@/generated/operations";

/** Which partners are listed, as it stands in the address. */
export interface Partners {
  q?: string;
  status?: PartnerStatus;
  tier?: PartnerTier;
  kind?: PartnerKind;
  /** The id of their channel manager. */
  manager?: string;
  order?: "newest";
}

export const STATUSES: readonly PartnerStatus[] = ["PROSPECT", "ONBOARDING", "ACTIVE", "SUSPENDED", "ENDED"];
/** Lowest first. */
export const TIERS: readonly PartnerTier[] = ["REGISTERED", "SILVER", "GOLD", "PLATINUM"];
export const KINDS: readonly PartnerKind[] = ["RESELLER", "DISTRIBUTOR", "INTEGRATOR", "MANAGED_SERVICE_PROVIDER"];

const LONGEST = 200;

export function readPartners(given: Record<string, unknown>): Record<string, unknown> {
  const found: Partners = {};
  const { q, manager } = given;
  if ((typeof q === "string" || typeof q === "number") && q !== "") found.q = String(q).slice(0, LONGEST);
  if (typeof manager === "string" && manager) found.manager = manager.slice(0, LONGEST);
  const status = STATUSES.find((one) => one === given.status);
  const tier = TIERS.find((one) => one === given.tier);
  const kind = KINDS.find((one) => one === given.kind);
  if (status) found.status = status;
  if (tier) found.tier = tier;
  if (kind) found.kind = kind;
  if (given.order === "newest") found.order = "newest";
  return { ...found };
}

export function filterOf({ q, status, tier, kind, manager }: Partners): PartnerFilter {
  return {
    ...(q && { search: q }),
    ...(status && { status: [status] }),
    ...(tier && { tier }),
    ...(kind && { kind }),
    ...(manager && { channelManagerId: manager }),
  };
}

export function orderOf({ order }: Partners): PartnerOrder {
  return order ? { field: "CREATED_AT", direction: "DESC" } : { field: "NAME", direction: "ASC" };
}

export function isFiltered({ q, status, tier, kind, manager }: Partners): boolean {
  return Boolean(q || status || tier || kind || manager);
}
