import { DecideConflict } from "@operations/registrations.graphql";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ConflictDecision } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { useIsVendor, useMay } from "../../shell/viewer";
import type { Whole } from "./Detail";

type Conflict = Whole["conflicts"][number];

const DECISIONS: readonly ConflictDecision[] = ["HAS_PRIORITY", "NOT_THE_SAME", "ATTACHED"];

/** What else there is about the same customer, line by line beside this one. */
export function Conflicts({ registration }: { registration: Whole }) {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  const { conflicts } = registration;
  const money = (amount: Whole["amount"]) => amount && formats.money(amount);
  const place = (account: { city: string | null; country: string | null } | null | undefined) =>
    account && [account.city, account.country].filter(Boolean).join(", ");
  const rows: [string, ReactNode, (one: Conflict) => ReactNode][] = [
    [
      say("registrations.field.account-name"),
      registration.account.name,
      ({ registration: other, opportunity, account }) =>
        other?.account.name ?? opportunity?.account.name ?? account?.name,
    ],
    [
      say("registrations.field.account-domain"),
      registration.account.domain,
      ({ registration: other }) => other?.account.domain,
    ],
    [say("registrations.place"), place(registration.account), ({ registration: other }) => place(other?.account)],
    [
      say("deals.partner"),
      registration.partner.name,
      ({ registration: other, opportunity }) =>
        other?.partner.name ?? opportunity?.partner?.name ?? (isVendor ? say("registrations.direct") : null),
    ],
    [
      say("registrations.field.products"),
      registration.products.join(", "),
      ({ registration: other }) => other?.products.join(", "),
    ],
    [
      say("registrations.field.amount"),
      money(registration.amount),
      ({ registration: other, opportunity }) => money(other?.amount ?? opportunity?.amount ?? null),
    ],
    [
      say("registrations.first"),
      registration.submittedAt && formats.time(registration.submittedAt),
      ({ registration: other, opportunity }) => {
        const at = other?.submittedAt ?? opportunity?.createdAt;
        return at && formats.time(at);
      },
    ],
  ];
  const shown = rows.filter(([, own, other]) => own || conflicts.some(other));
  return (
    <section className="registration-part conflicts">
      <h3>{say("registrations.conflicts", { count: conflicts.length })}</h3>
      <section
        className="conflicts-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by key
        tabIndex={0}
        aria-label={say("registrations.conflicts", { count: conflicts.length })}
      >
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">{say("registrations.this")}</th>
              {conflicts.map((one) => (
                <th key={keyOf(one)} scope="col">
                  <NameOf conflict={one} />{" "}
                  <span className={one.blocks ? "badge bad" : "badge"}>
                    {say(one.blocks ? "registrations.blocks" : `registrations.kind.${one.kind}`)}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(([label, own, other]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{own ?? "–"}</td>
                {conflicts.map((one) => {
                  const value = other(one);
                  return (
                    <td key={keyOf(one)} data-same={(value && value === own) || undefined}>
                      {value ?? "–"}
                    </td>
                  );
                })}
              </tr>
            ))}
            <tr>
              <th scope="row">{say("registrations.why")}</th>
              <td />
              {conflicts.map((one) => (
                <td key={keyOf(one)}>
                  <ul className="registration-reasons">
                    {one.reasons.map((reason) => (
                      <li key={reason}>{reason}</li>
                    ))}
                  </ul>
                </td>
              ))}
            </tr>
            {isVendor && (
              <tr>
                <th scope="row">{say("registrations.decision")}</th>
                <td />
                {conflicts.map((one) => (
                  <td key={keyOf(one)}>
                    <Decision registration={registration} conflict={one} />
                  </td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function keyOf({ registration, opportunity }: Conflict): string {
  return registration?.id ?? opportunity?.id ?? "";
}

function NameOf({ conflict: { registration, opportunity } }: { conflict: Conflict }) {
  if (registration) return <Link to={`/registrations/${registration.id}`}>{registration.number}</Link>;
  return opportunity ? <Link to={`/deals/${opportunity.id}`}>{opportunity.name}</Link> : null;
}

function Decision({ registration, conflict }: { registration: Whole; conflict: Conflict }) {
  const say = useText();
  const may = useMay("REVIEW_REGISTRATIONS");
  const { act, busy } = useAct(DecideConflict);
  const mayDecide = may && registration.allowedSteps.includes("APPROVE");
  if (!mayDecide) return conflict.decision ? say(`registrations.decision.${conflict.decision}`) : "–";
  const decide = (decision: ConflictDecision) =>
    void act({
      input: {
        registrationId: registration.id,
        expectedVersion: registration.version,
        decision,
        clientMutationId: crypto.randomUUID(),
        ...(conflict.registration
          ? { otherRegistrationId: conflict.registration.id }
          : { opportunityId: conflict.opportunity?.id ?? null }),
      },
    });
  const isOwn = (conflict.registration?.partner.id ?? conflict.opportunity?.partner?.id) === registration.partner.id;
  return (
    <div className="decision">
      {DECISIONS.filter((one) => one !== "ATTACHED" || (isOwn && conflict.opportunity)).map((one) => (
        <button
          key={one}
          type="button"
          className="button small"
          aria-pressed={conflict.decision === one}
          disabled={busy}
          onClick={() => decide(one)}
        >
          {say(`registrations.decision.${one}`)}
        </button>
      ))}
    </div>
  );
}
