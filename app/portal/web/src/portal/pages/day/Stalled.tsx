import { DayDeals } from "@operations/day.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import { useFormats, useText } from "../../messages/context";
import { Ready } from "../../ui/states";
import { dealTitle } from "./names";
import { Part } from "./Part";

/** Deals that have been in their stage longer than deals that moved on. */
export function Stalled({ owner }: { owner: string | undefined }) {
  const say = useText();
  const formats = useFormats();
  const filter = { stalled: true, status: ["OPEN" as const], ...(owner && { ownerId: owner }) };
  const [result, again] = useQuery({ query: DayDeals, variables: { filter } });
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={null}>
      {({ opportunities: { nodes, totalCount } }) =>
        nodes.length > 0 && (
          <Part title={say("day.stalled")} count={totalCount}>
            <ul>
              {nodes.map(({ id, name, account, stage, daysInStage, amount }) => (
                <li key={id} className="line">
                  <div className="line-text">
                    <p className="line-title">
                      <Link to={`/deals/${id}`}>{dealTitle({ name, account })}</Link>
                    </p>
                    <p className="line-about">
                      <span>{stage.name}</span>
                      {amount && <span className="number">{formats.shortMoney(amount)}</span>}
                    </p>
                  </div>
                  <p className="line-end">{say("day.days", { count: daysInStage })}</p>
                </li>
              ))}
            </ul>
            {totalCount > nodes.length && (
              <p className="part-more">
                <Link to="/board" search={{ stalled: true, ...(owner && { owner }) } as never}>
                  {say("day.stalled.all", { count: totalCount })}
                </Link>
              </p>
            )}
          </Part>
        )
      }
    </Ready>
  );
}
