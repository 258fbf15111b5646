/** Which deliveries are listed, as it stands in the address. */

import type { WebhookDeliveryStatus } from "@/generated/operations";

export interface Shown {
  status?: WebhookDeliveryStatus;
}

export const STATUSES: readonly WebhookDeliveryStatus[] = ["WAITING", "DELIVERED", "FAILED", "WITHHELD"];

export function readShown({ status }: Record<string, unknown>): Record<string, unknown> {
  const known = STATUSES.find((one) => one === status);
  return known ? { status: known } : {};
}
