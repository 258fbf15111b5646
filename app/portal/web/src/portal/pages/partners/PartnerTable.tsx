import { PartnerList } from "@operations/partners.graphql";
import { Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery } from "urql";
import type { PartnerListQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { useIsVendor } from "../../shell/viewer";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { filterOf, isFiltered, orderOf, type Partners } from "./filters";
import { Standing, Tier } from "./Standing";

type Partner = PartnerListQuery["partners"]["nodes"][number];

const SIZE = 50;

/** Page after page of the partners in a table, as the address has them. */
export function PartnerTable({ shown }: { shown: Partners }) {
  const [pages, setPages] = useState<readonly string[]>([]);
  const more = useCallback((after: string) => setPages((before) => [...before, after]), []);
  return ["", ...pages].map((after, place) => (
    <Page key={after} shown={shown} after={after || null} isLast={place === pages.length} more={more} />
  ));
}

interface PageGiven {
  shown: Partners;
  after: string | null;
  isLast: boolean;
  more: (after: string) => void;
}

function Page({ shown, after, isLast, more }: PageGiven) {
  const say = useText();
  const isVendor = useIsVendor();
  const variables = { filter: filterOf(shown), order: orderOf(shown), first: SIZE, after, figures: isVendor };
  const [result, again] = useQuery({ query: PartnerList, variables });
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="panel part-waiting">
          <Skeleton lines={8} />
        </div>
      }
    >
      {({ partners: { nodes, pageInfo, totalCount } }) =>
        nodes.length === 0 ? (
          <Empty icon="team" title={say(isFiltered(shown) ? "partners.none.filtered" : "partners.none")} />
        ) : (
          <>
            {!after && (
              <p className="quiet" role="status">
                {say("partners.count", { count: totalCount })}
              </p>
            )}
            <Rows partners={nodes} isFirst={!after} />
            {isLast && pageInfo.hasNextPage && (
              <p>
                <button type="button" className="button" onClick={() => more(pageInfo.endCursor ?? "")}>
                  {say("deals.more")}
                </button>
              </p>
            )}
          </>
        )
      }
    </Ready>
  );
}

function Rows({ partners, isFirst }: { partners: readonly Partner[]; isFirst: boolean }) {
  const say = useText();
  const isVendor = useIsVendor();
  const headings = [
    say("partners.partner"),
    say("partners.status"),
    say("partners.kind"),
    say("partners.manager"),
    ...(isVendor ? [say("partners.open"), say("partners.open.amount"), say("pipeline.winrate")] : []),
  ];
  return (
    <div className="panel figures partner-rows" data-first={isFirst || undefined}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by key */}
      <section className="figures-scroll" tabIndex={0} aria-label={say("figures", { title: say("nav.partners") })}>
        <table>
          <thead>
            <tr>
              {headings.map((label, place) => (
                <th key={label} scope="col" data-number={place > 3 || undefined}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {partners.map((one) => (
              <Row key={one.id} partner={one} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Row({ partner }: { partner: Partner }) {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  const { id, name, status, tier, kind, region, channelManager, scorecard } = partner;
  const rate = scorecard?.winRate.value;
  return (
    <tr data-partner={id}>
      <th scope="row">
        <Link to={`/partners/${id}`}>{name}</Link>
        {region && <span className="figures-below">{region}</span>}
      </th>
      <td>
        <span className="badges">
          <Standing status={status} />
          <Tier tier={tier} />
        </span>
      </td>
      <td>{kind ? say(`partners.kind.${kind}`) : "–"}</td>
      <td>{channelManager?.name ?? "–"}</td>
      {isVendor && (
        <>
          <td data-number>{formats.number(scorecard?.openDeals ?? 0)}</td>
          <td data-number>{scorecard?.openAmount.map((one) => formats.shortMoney(one)).join(" + ") || "–"}</td>
          <td data-number>{rate == null ? "–" : formats.percent(rate)}</td>
        </>
      )}
    </tr>
  );
}
