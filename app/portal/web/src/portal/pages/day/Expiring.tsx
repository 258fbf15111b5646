import { DayExpiring } from "@operations/day.graphql";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import type { DayExpiringQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Ready } from "../../ui/states";
import { ahead, PROTECTION_AHEAD } from "./days";
import { Part } from "./Part";

const SHOWN = 6;

/** Registered deals whose protection ends soon. */
export function Expiring({ owner }: { owner: string | undefined }) {
  const say = useText();
  const formats = useFormats();
  const until = useMemo(() => ahead(PROTECTION_AHEAD), []);
  const filter = { status: ["APPROVED" as const], protectedUntilBefore: until, ...(owner && { ownerId: owner }) };
  const [result, again] = useQuery({ query: DayExpiring, variables: { filter } });
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={null}>
      {({ registrations: { nodes } }) => {
        const those = nodes.filter(isToCome);
        if (!those.length) return null;
        return (
          <Part title={say("day.expiring")} count={those.length}>
            <ul>
              {those.slice(0, SHOWN).map(({ id, number, title, account, opportunity, protectedUntil }) => (
                <li key={id} className="line">
                  <div className="line-text">
                    <p className="line-title">
                      <Link to={opportunity ? `/deals/${opportunity.id}` : `/registrations/${id}`}>
                        {opportunity?.name ?? title ?? account.name ?? number}
                      </Link>
                    </p>
                    <p className="line-about">
                      <Link to={`/registrations/${id}`}>{number}</Link>
                      {account.name && <span>{account.name}</span>}
                    </p>
                  </div>
                  {protectedUntil && (
                    <time className="line-end" dateTime={protectedUntil}>
                      {formats.ago(protectedUntil)}
                    </time>
                  )}
                </li>
              ))}
            </ul>
          </Part>
        );
      }}
    </Ready>
  );
}

type Registration = DayExpiringQuery["registrations"]["nodes"][number];

/** Not over yet, and of a deal that isn't either. */
function isToCome({ protectedUntil, opportunity }: Registration): boolean {
  return Boolean(protectedUntil && new Date(protectedUntil) > new Date() && (opportunity?.status ?? "OPEN") === "OPEN");
}
