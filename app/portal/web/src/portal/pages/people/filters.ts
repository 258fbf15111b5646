import type { Role, UserFilter, UserOrder } from "@/generated/operations";

/** Which people are listed, as it stands in the address; by itself those who can sign in. */
export interface People {
  q?: string;
  role?: Role;
  /** The id of the company that they work for. */
  partner?: string;
  access?: "none" | "any";
  order?: "newest";
  /** For people of a partner: those of the vendor as well. */
  of?: "all";
}

export const ROLES: readonly Role[] = ["VENDOR_ADMIN", "CHANNEL_MANAGER", "PARTNER_MANAGER", "PARTNER_SELLER"];

const LONGEST = 200;

export function readPeople(given: Record<string, unknown>): Record<string, unknown> {
  const found: People = {};
  const { q, partner, access } = given;
  if ((typeof q === "string" || typeof q === "number") && q !== "") found.q = String(q).slice(0, LONGEST);
  if (typeof partner === "string" && partner) found.partner = partner.slice(0, LONGEST);
  const role = ROLES.find((one) => one === given.role);
  if (role) found.role = role;
  if (access === "none" || access === "any") found.access = access;
  if (given.order === "newest") found.order = "newest";
  if (given.of === "all") found.of = "all";
  return { ...found };
}

export function filterOf({ q, role, partner, access }: People): UserFilter {
  return {
    ...(q && { search: q }),
    ...(role && { role }),
    ...(partner && { partnerId: partner }),
    ...(access !== "any" && { active: access !== "none" }),
  };
}

export function orderOf({ order }: People): UserOrder {
  return order ? { field: "CREATED_AT", direction: "DESC" } : { field: "NAME", direction: "ASC" };
}
