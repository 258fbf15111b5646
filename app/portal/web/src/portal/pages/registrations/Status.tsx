import type { RegistrationStatus } from "@/generated/operations";
import { useText } from "../../messages/context";

const TONES: Record<RegistrationStatus, string> = {
  DRAFT: "badge",
  SUBMITTED: "badge accent",
  IN_REVIEW: "badge accent",
  CHANGES_REQUESTED: "badge warn",
  APPROVED: "badge good",
  REJECTED: "badge bad",
  REVOKED: "badge bad",
  EXPIRED: "badge",
  WITHDRAWN: "badge",
};

export function Status({ status }: { status: RegistrationStatus }) {
  const say = useText();
  return <span className={TONES[status]}>{say(`registrations.status.${status}`)}</span>;
}
