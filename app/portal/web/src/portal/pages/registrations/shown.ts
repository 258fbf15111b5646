import type { DealRegistrationFilter, DealRegistrationOrder, RegistrationStatus } from "@/generated/operations";

/** Which registrations are listed, and the one that is looked at, as they stand in the address. */
export interface Shown {
  list?: List;
  id?: string;
}

export type List = "review" | "drafts" | "approved" | "closed" | "all";

export const LISTS: Record<List, readonly RegistrationStatus[] | null> = {
  review: ["SUBMITTED", "IN_REVIEW"],
  drafts: ["DRAFT", "CHANGES_REQUESTED"],
  approved: ["APPROVED"],
  closed: ["REJECTED", "REVOKED", "EXPIRED", "WITHDRAWN"],
  all: null,
};

export function readShown({ list, id }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...(typeof list === "string" && Object.hasOwn(LISTS, list) && { list }),
    ...(typeof id === "string" && id && { id: id.slice(0, 200) }),
  };
}

export function filterOf(list: List): DealRegistrationFilter {
  const status = LISTS[list];
  return status ? { status: [...status] } : {};
}

/** What is due first, first; what changed last, first. */
export function orderOf(list: List): DealRegistrationOrder {
  if (list === "review") return { field: "REVIEW_DUE_AT", direction: "ASC" };
  if (list === "approved") return { field: "PROTECTED_UNTIL", direction: "DESC" };
  return { field: "UPDATED_AT", direction: "DESC" };
}
