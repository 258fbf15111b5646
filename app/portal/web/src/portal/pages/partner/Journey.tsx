import type { PartnerStatus } from "@/generated/operations";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { TIERS } from "../partners/filters";
import type { Partner } from "./PartnerPage";

const WAY: readonly PartnerStatus[] = ["PROSPECT", "ONBOARDING", "ACTIVE"];

/** How far a partner has come: into the programme, and up its tiers. */
export function Journey({ partner: { status, tier } }: { partner: Partner }) {
  const say = useText();
  const isOff = status === "SUSPENDED" || status === "ENDED";
  const way = isOff ? [...WAY, status] : WAY;
  return (
    <section className="panel journey" aria-label={say("partners.journey")}>
      <Steps
        label={say("partners.journey.standing")}
        steps={way.map((id) => ({ id, label: say(`partners.status.${id}`) }))}
        now={status}
        isOff={isOff}
      />
      {tier && (
        <Steps
          label={say("partners.tier")}
          steps={TIERS.map((id) => ({ id, label: say(`partners.tier.${id}`) }))}
          now={tier}
        />
      )}
      {isOff && <p className="note journey-note">{say(`partners.note.${status}`)}</p>}
    </section>
  );
}

interface StepsGiven {
  label: string;
  steps: readonly { id: string; label: string }[];
  now: string;
  /** It has left the way. */
  isOff?: boolean;
}

function Steps({ label, steps, now, isOff }: StepsGiven) {
  const at = steps.findIndex(({ id }) => id === now);
  return (
    <div className="journey-way">
      <h2>{label}</h2>
      <ol className="journey-steps">
        {steps.map(({ id, label }, place) => (
          <li
            key={id}
            data-state={place < at ? "past" : place === at ? (isOff ? "off" : "now") : "ahead"}
            aria-current={place === at ? "step" : undefined}
          >
            {place < at && <Icon name="check" size={14} />}
            {label}
          </li>
        ))}
      </ol>
    </div>
  );
}
