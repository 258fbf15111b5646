import { PartnerHead } from "@operations/partners.graphql";
import { Link, useParams } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { PartnerHeadQuery } from "@/generated/operations";
import "../partners/partners.css";
import "./partner.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Boundary, Empty, Loading, Ready } from "../../ui/states";
import { Standing, Tier } from "../partners/Standing";
import { PeopleOf } from "../people/PeopleOf";
import { Deals } from "./Deals";
import { Head } from "./Head";
import { Journey } from "./Journey";
import { Part } from "./Part";
import { Scorecard } from "./Scorecard";

export type Partner = NonNullable<PartnerHeadQuery["partner"]>;

/** One partner: where it stands, how it does, who works there, and what it sells. */
export default function PartnerPage() {
  const say = useText();
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const [result, again] = useQuery({ query: PartnerHead, variables: { id } });
  const partner = result.data?.partner;
  useTitle(partner?.name ?? say("nav.partners"));
  return (
    <div className="page partner-page">
      <p>
        <Link to="/partners" className="button small back-link">
          <Icon name="arrow" size={14} /> {say("partners.back")}
        </Link>
      </p>
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Loading lines={8} />}>
        {(data) =>
          data.partner ? (
            <Whole key={id} partner={data.partner} />
          ) : (
            <Empty icon="team" title={say("problem.not-found")} />
          )
        }
      </Ready>
    </div>
  );
}

/** Figures, people and deals are of what the viewer sees: of other companies a partner sees none, and no part for them. */
function Whole({ partner }: { partner: Partner }) {
  const isVendor = useIsVendor();
  const { user } = useViewer();
  const isOpen = isVendor || user.partner?.id === partner.id;
  return (
    <>
      <Head partner={partner} />
      <Journey partner={partner} />
      {isOpen && (
        <Boundary>
          <Scorecard id={partner.id} />
        </Boundary>
      )}
      <div className="partner-parts">
        {isOpen && (
          <Boundary>
            <PeopleOf partner={{ id: partner.id, name: partner.name }} />
          </Boundary>
        )}
        {isOpen && (
          <Boundary>
            <Deals id={partner.id} />
          </Boundary>
        )}
        <Children partner={partner} />
      </div>
    </>
  );
}

function Children({ partner: { children } }: { partner: Partner }) {
  const say = useText();
  if (!children.nodes.length) return null;
  return (
    <Part title={say("partners.children")} count={children.totalCount}>
      <ul>
        {children.nodes.map(({ id, name, status, tier }) => (
          <li key={id} className="line">
            <span className="line-text">
              <span className="line-title">
                <Link to={`/partners/${id}`}>{name}</Link>
              </span>
            </span>
            <span className="badges">
              <Standing status={status} />
              <Tier tier={tier} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
