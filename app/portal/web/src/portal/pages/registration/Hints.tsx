import { RegistrationHints } from "@operations/registrations.graphql";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useClient } from "urql";
import type { RegistrationHintsQuery } from "@/generated/operations";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { productsOf, type Values } from "./form";

type Hint = RegistrationHintsQuery["checkRegistration"][number];

/** Milliseconds without a key, after which the customer is looked up. */
const TYPED = 350;
const SHORTEST = 3;

/** What one's own company has on this customer already, while the form is filled in. */
export function Hints({ values, own }: { values: Values; own: string | undefined }) {
  const say = useText();
  const client = useClient();
  const [hints, setHints] = useState<readonly Hint[]>();
  const name = values["account.name"]?.trim() ?? "";
  const account = {
    name,
    domain: values["account.domain"]?.trim() || null,
    city: values["account.city"]?.trim() || null,
    country: values["account.country"]?.trim() || null,
    registrationNumber: values["account.registrationNumber"]?.trim() || null,
  };
  const asked = JSON.stringify({ account, products: productsOf(values.products) });
  const isAsked = name.length >= SHORTEST;
  useEffect(() => {
    if (!isAsked) {
      setHints(undefined);
      return undefined;
    }
    let isWanted = true;
    const waiting = setTimeout(() => {
      void client
        .query(RegistrationHints, JSON.parse(asked), { requestPolicy: "network-only" })
        .toPromise()
        .then(({ data }) => isWanted && data && setHints(data.checkRegistration));
    }, TYPED);
    return () => {
      isWanted = false;
      clearTimeout(waiting);
    };
  }, [client, asked, isAsked]);
  const others = hints?.filter(({ registration }) => !registration || registration.id !== own);
  return (
    <section className="panel part" aria-live="polite" aria-label={say("registrations.hints")}>
      <header>
        <h2>{say("registrations.hints")}</h2>
      </header>
      {!others && <p className="hint-empty quiet">{say("registrations.hints.waiting")}</p>}
      {others?.length === 0 && (
        <p className="hint-empty">
          <Icon name="check" size={16} /> {say("registrations.hints.none")}
        </p>
      )}
      {others && others.length > 0 && (
        <ul>
          {others.map((hint) => (
            <li key={hint.registration?.id ?? hint.opportunity?.id} className="line">
              <div className="line-text">
                <p className="line-title">
                  {hint.registration ? (
                    <Link to={`/registrations/${hint.registration.id}`}>
                      {hint.registration.title ?? hint.registration.number}
                    </Link>
                  ) : (
                    hint.opportunity && <Link to={`/deals/${hint.opportunity.id}`}>{hint.opportunity.name}</Link>
                  )}
                </p>
                <ul className="registration-reasons quiet">
                  {hint.reasons.map((reason) => (
                    <li key={reason}>{reason}</li>
                  ))}
                </ul>
              </div>
              <span className={hint.kind === "SAME_DEAL" ? "badge bad" : "badge warn"}>
                {say(`registrations.kind.${hint.kind}`)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
