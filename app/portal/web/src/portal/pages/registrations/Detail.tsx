import { RegistrationDetail } from "@operations/registrations.graphql";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import type { WholeRegistrationFragment } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { useIsVendor, useMay } from "../../shell/viewer";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Conflicts } from "./Conflicts";
import { Decisions } from "./Decisions";
import { OwnSteps } from "./OwnSteps";
import { Status } from "./Status";

export type Whole = WholeRegistrationFragment;

/** One registration with all that is said in it, and what may be done with it. */
export function Detail({ id, decided }: { id: string; decided: () => void }) {
  const say = useText();
  const [result, again] = useQuery({ query: RegistrationDetail, variables: { id } });
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={10} />}>
      {({ registration }) =>
        registration ? (
          <Shown registration={registration} decided={decided} />
        ) : (
          <Empty icon="registration" title={say("problem.not-found")} />
        )
      }
    </Ready>
  );
}

function Shown({ registration, decided }: { registration: Whole; decided: () => void }) {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  const mayReview = useMay("REVIEW_REGISTRATIONS");
  const {
    number,
    title,
    status,
    partner,
    account,
    reviewDueAt,
    submittedAt,
    opportunity,
    conflicts,
    changeRequests,
    reason,
  } = registration;
  const open = changeRequests.filter(({ resolved }) => !resolved);
  return (
    <article className="panel registration" aria-label={number}>
      <header className="registration-head">
        <div>
          <h2>{title ?? account.name ?? number}</h2>
          <p className="line-about">
            <span>{number}</span>
            {isVendor && <span>{partner.name}</span>}
            {submittedAt && <span>{say("registrations.submitted", { when: formats.time(submittedAt) })}</span>}
            {reviewDueAt && <span>{say("registrations.due", { when: formats.ago(reviewDueAt) })}</span>}
          </p>
        </div>
        <Status status={status} />
      </header>
      {mayReview && isVendor && <Decisions registration={registration} decided={decided} />}
      {!isVendor && <OwnSteps registration={registration} />}
      {reason && <p className="note registration-note">{reason}</p>}
      {open.length > 0 && (
        <section className="registration-part">
          <h3>{say("registrations.requests")}</h3>
          <ul className="requests">
            {open.map(({ id, field, message }) => (
              <li key={id}>
                <strong>{fieldName(say, field, registration)}</strong> {message}
              </li>
            ))}
          </ul>
        </section>
      )}
      {conflicts.length > 0 && <Conflicts registration={registration} />}
      <Facts registration={registration} />
      {opportunity && (
        <p className="registration-part">
          <Link to={`/deals/${opportunity.id}`}>
            {say("registrations.deal", { name: opportunity.name, stage: opportunity.stage.name })}
          </Link>
        </p>
      )}
      <History registration={registration} />
    </article>
  );
}

type Say = ReturnType<typeof useText>;

/** A field as people call it. */
export function fieldName(say: Say, field: string, registration?: Pick<Whole, "answers">): string {
  if (field.startsWith("answers.")) {
    const key = field.slice("answers.".length);
    return registration?.answers.find(({ questionKey }) => questionKey === key)?.label ?? key;
  }
  return say(`registrations.field.${field.replace(".", "-")}` as never) || field;
}

function Facts({ registration }: { registration: Whole }) {
  const say = useText();
  const formats = useFormats();
  const {
    account,
    contact,
    dealType,
    products,
    amount,
    expectedCloseDate,
    need,
    nextStep,
    benefit,
    protectedUntil,
    answers,
  } = registration;
  const gains = [
    benefit?.discountPercent &&
      say("registrations.discount", { percent: formats.number(Number(benefit.discountPercent)) }),
    benefit?.marginPoints && say("registrations.margin", { points: formats.number(Number(benefit.marginPoints)) }),
    benefit?.note,
  ].filter(Boolean);
  const facts: [string, ReactNode][] = [
    [say("registrations.field.account-name"), [account.name, account.industry].filter(Boolean).join(" · ")],
    [say("registrations.place"), [account.postalCode, account.city, account.country].filter(Boolean).join(" ")],
    [say("registrations.field.account-domain"), account.domain],
    [say("registrations.field.account-registrationNumber"), account.registrationNumber],
    [
      say("registrations.contact"),
      contact && [contact.name, contact.title, contact.email, contact.phone].filter(Boolean).join(" · "),
    ],
    [say("registrations.field.dealType"), say(`registrations.dealtype.${dealType}`)],
    [say("registrations.field.products"), products.join(", ")],
    [say("registrations.field.amount"), amount && formats.money(amount)],
    [say("registrations.field.expectedCloseDate"), expectedCloseDate && formats.date(expectedCloseDate)],
    [say("registrations.field.need"), need],
    [say("registrations.field.nextStep"), nextStep],
    ...answers.map(({ label, answer }): [string, ReactNode] => [label, answer]),
    [say("registrations.benefit"), gains.join(", ")],
    [say("registrations.protected"), protectedUntil && formats.date(protectedUntil)],
  ];
  return (
    <dl className="registration-facts registration-part">
      {facts
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function History({ registration: { history } }: { registration: Whole }) {
  const say = useText();
  const formats = useFormats();
  return (
    <details className="registration-part">
      <summary>{say("registrations.history")}</summary>
      <ol className="steps">
        {[...history].reverse().map(({ id, kind, at, actor, reason, automatic }) => (
          <li key={id}>
            <span>
              {say(`registrations.step.${kind}`)}
              {(actor || automatic) && (
                <span className="quiet"> · {actor?.name ?? say("registrations.automatic")}</span>
              )}
            </span>
            <time className="quiet" dateTime={at}>
              {formats.time(at)}
            </time>
            {reason && <p className="quiet">{reason}</p>}
          </li>
        ))}
      </ol>
    </details>
  );
}
