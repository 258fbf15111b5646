/** The parts of administration, each for those who have its permission. */

import type { Permission } from "../../shell/viewer";

export const PARTS = [
  { id: "webhooks", may: "MANAGE_WEBHOOKS" },
  { id: "consumers", may: "ADMINISTER" },
  { id: "model", may: "MANAGE_PLAYBOOKS" },
  { id: "audit", may: "ADMINISTER" },
] as const satisfies readonly { id: string; may: Permission }[];

export type Part = (typeof PARTS)[number]["id"];

export const ANY: readonly Permission[] = [...new Set(PARTS.map(({ may }) => may))];

export function mayOf(part: Part): readonly Permission[] {
  return PARTS.filter(({ id }) => id === part).map(({ may }) => may);
}
