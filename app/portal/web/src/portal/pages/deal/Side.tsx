import { DealContent, DealPeople } from "@operations/deal.graphql";
import { type ReactNode, useEffect, useState } from "react";
import { useQuery } from "urql";
import type { DealPeopleQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { Dialog } from "../../ui/Dialog";
import { Icon, type IconName } from "../../ui/Icon";
import { Ready, Skeleton } from "../../ui/states";

type People = NonNullable<DealPeopleQuery["opportunity"]>;

/** Who takes part, what protects the deal, how likely it is, and what to use now. */
export function Side({ id, changes }: { id: string; changes: number }) {
  const say = useText();
  const [result, again] = useQuery({ query: DealPeople, variables: { id } });
  useEffect(() => {
    if (changes > 0) again({ requestPolicy: "network-only" });
  }, [changes, again]);
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="panel deal-part">
          <Skeleton lines={8} />
        </div>
      }
    >
      {({ opportunity }) =>
        opportunity && (
          <>
            {opportunity.prediction && <Prediction prediction={opportunity.prediction} />}
            <Protection opportunity={opportunity} />
            {opportunity.contacts.length > 0 && (
              <Part icon="person" title={say("deal.contacts")}>
                <ul className="people-list">
                  {opportunity.contacts.map((contact) => (
                    <li key={contact.id}>
                      <p>
                        <strong>{contact.name}</strong>
                        {contact.buyingRole && (
                          <span className="badge">{say(`buying.${contact.buyingRole}` as Key)}</span>
                        )}
                      </p>
                      {contact.title && <p className="quiet">{contact.title}</p>}
                      {contact.email && <a href={`mailto:${contact.email}`}>{contact.email}</a>}
                      {contact.phone && <a href={`tel:${contact.phone.replace(/[^+\d]/g, "")}`}>{contact.phone}</a>}
                    </li>
                  ))}
                </ul>
              </Part>
            )}
            <Team opportunity={opportunity} />
            {opportunity.contents.nodes.length > 0 && (
              <Part icon="document" title={say("deal.contents")}>
                <ul className="people-list">
                  {opportunity.contents.nodes.map((content) => (
                    <ContentItem key={content.id} content={content} />
                  ))}
                </ul>
              </Part>
            )}
          </>
        )
      }
    </Ready>
  );
}

function Part({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <section className="panel deal-part side-part" aria-label={title}>
      <h2>
        <Icon name={icon} size={16} /> {title}
      </h2>
      {children}
    </section>
  );
}

type Piece = People["contents"]["nodes"][number];

/** A link where it lies elsewhere; else it opens here. */
function ContentItem({ content }: { content: Piece }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      {content.url ? (
        <a href={content.url} rel="noreferrer" target="_blank">
          {content.title}
        </a>
      ) : (
        <button type="button" className="link" onClick={() => setOpen(true)}>
          {content.title}
        </button>
      )}
      <p className="quiet clamped">{content.summary}</p>
      {isOpen && <Content content={content} close={() => setOpen(false)} />}
    </li>
  );
}

function Content({ content, close }: { content: Piece; close: () => void }) {
  const [result, again] = useQuery({ query: DealContent, variables: { id: content.id } });
  return (
    <Dialog title={content.title} close={close}>
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={8} />}>
        {({ node }) => (
          <div className="content-body">{(node?.__typename === "Content" && node.body) || content.summary}</div>
        )}
      </Ready>
    </Dialog>
  );
}

function Team({ opportunity }: { opportunity: People }) {
  const say = useText();
  if (opportunity.team.length + opportunity.partners.length === 0) return null;
  return (
    <Part icon="team" title={say("deal.team")}>
      <ul className="people-list">
        {opportunity.team.map(({ user, role }) => (
          <li key={user.id}>
            <p>
              <strong>{user.name}</strong>
              <span className="badge">{say(`team.${role}` as Key)}</span>
            </p>
            <p className="quiet">{user.organization.name}</p>
          </li>
        ))}
        {opportunity.partners.map(({ partner, role, status }) => (
          <li key={partner.id}>
            <p>
              <strong>{partner.name}</strong>
              <span className="badge">{say(`part.${role}` as Key)}</span>
            </p>
            {status !== "ACCEPTED" && <p className="quiet">{say(`invitation.${status}` as Key)}</p>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Protection({ opportunity }: { opportunity: People }) {
  const say = useText();
  const formats = useFormats();
  const { registration, protectedUntil } = opportunity;
  if (!registration && !protectedUntil) return null;
  const isOver = protectedUntil ? new Date(protectedUntil).getTime() < Date.now() : false;
  return (
    <Part icon="shield" title={say("deal.protection")}>
      {protectedUntil && (
        <p>
          {say(isOver ? "deal.protected.until.past" : "deal.protected.until", { date: formats.date(protectedUntil) })}{" "}
          {!isOver && <span className="quiet">{formats.ago(protectedUntil)}</span>}
        </p>
      )}
      {registration && (
        <p className="quiet">
          {registration.number} · {say(`registration.${registration.status}` as Key)}
        </p>
      )}
    </Part>
  );
}

function Prediction({ prediction }: { prediction: NonNullable<People["prediction"]> }) {
  const say = useText();
  const formats = useFormats();
  const { winProbability, low, high, baseRate, reasons, expectedCloseDate, trend } = prediction;
  return (
    <Part icon="chart" title={say("deal.prediction")}>
      <p className="prediction-figure">
        <strong>{formats.percent(winProbability)}</strong>
        <span className="quiet">
          {say("deal.prediction.range", { low: formats.percent(low), high: formats.percent(high) })}
        </span>
        {trend !== "STEADY" && (
          <span className={trend === "IMPROVING" ? "badge good" : "badge warn"}>{say(`trend.${trend}` as Key)}</span>
        )}
      </p>
      <Scale low={low} high={high} at={winProbability} base={baseRate} />
      {expectedCloseDate && (
        <p className="quiet">{say("deal.prediction.date", { date: formats.date(expectedCloseDate) })}</p>
      )}
      <ul className="deal-reasons">
        {reasons.slice(0, 5).map((reason) => (
          <li key={reason.feature}>
            <span className={reason.points >= 0 ? "points up" : "points down"}>
              {reason.points >= 0 ? "+" : "−"}
              {formats.number(Math.abs(Math.round(reason.points * 10) / 10))}
            </span>
            <span>{reason.text}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** The range as a bar from 0 to 100 %, the figure as a line in it, and what is usual as a notch. */
function Scale({ low, high, at, base }: { low: number; high: number; at: number; base: number }) {
  return (
    <svg className="scale" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className="scale-ground" x="0" y="2" width="100" height="4" rx="2" />
      <rect className="scale-range" x={low * 100} y="2" width={Math.max(1, (high - low) * 100)} height="4" />
      <rect className="scale-base" x={base * 100 - 0.2} y="0" width="0.4" height="8" />
      <rect className="scale-at" x={at * 100 - 0.5} y="0" width="1" height="8" />
    </svg>
  );
}
