import type { PartnerStatus, PartnerTier } from "@/generated/operations";
import { useText } from "../../messages/context";

const TONES: Record<PartnerStatus, string> = {
  PROSPECT: "badge",
  ONBOARDING: "badge accent",
  ACTIVE: "badge good",
  SUSPENDED: "badge warn",
  ENDED: "badge bad",
};

export function Standing({ status }: { status: PartnerStatus }) {
  const say = useText();
  return <span className={TONES[status]}>{say(`partners.status.${status}`)}</span>;
}

export function Tier({ tier }: { tier: PartnerTier | null }) {
  const say = useText();
  return tier && <span className="badge">{say(`partners.tier.${tier}`)}</span>;
}
