import { PartnerDeals } from "@operations/partners.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import { useFormats, useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Part } from "./Part";

const FIRST = 10;

/** The largest open deals, and the way to all. */
export function Deals({ id }: { id: string }) {
  const say = useText();
  const formats = useFormats();
  const variables = { id, filter: { status: ["OPEN" as const] }, first: FIRST };
  const [result, again] = useQuery({ query: PartnerDeals, variables });
  const total = result.data?.partner?.opportunities.totalCount;
  return (
    <Part
      title={say("partners.deals")}
      count={total}
      end={
        <Link to="/deals" search={{ partner: id } as never}>
          {say("partners.deals.all")}
        </Link>
      }
    >
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="part-waiting">
            <Skeleton lines={6} />
          </div>
        }
      >
        {({ partner }) =>
          partner?.opportunities.nodes.length ? (
            <ul>
              {partner.opportunities.nodes.map(({ id, name, account, stage, amount, stalled, expectedCloseDate }) => (
                <li key={id} className="line">
                  <span className="line-text">
                    <span className="line-title">
                      <Link to={`/deals/${id}`}>{name}</Link>
                      {stalled && <span className="badge warn">{say("deals.stalled")}</span>}
                    </span>
                    <span className="line-about">
                      <span>{account.name}</span>
                      <span>{stage.name}</span>
                    </span>
                  </span>
                  <p className="line-end">
                    <span>{amount ? formats.shortMoney(amount) : "–"}</span>
                    {expectedCloseDate && <span>{formats.shortDate(expectedCloseDate)}</span>}
                  </p>
                </li>
              ))}
            </ul>
          ) : (
            <Empty icon="board" title={say("partners.deals.none")} />
          )
        }
      </Ready>
    </Part>
  );
}
