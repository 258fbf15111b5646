import { PipelineAnalytics } from "@operations/pipeline.graphql";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import { useFormats, useText } from "../../messages/context";
import type { About, Summary } from "./PipelinePage";
import { inCurrency } from "./sums";

/** The few figures that one looks for first. */
export function Headline({ about, summary: { total } }: { about: About; summary: Summary }) {
  const say = useText();
  const formats = useFormats();
  const { playbook, partner, currency } = about;
  const [{ data }] = useQuery({ query: PipelineAnalytics, variables: { filter: analyticsOf(about) } });
  const money = (amount: number) => formats.shortMoney({ amount: String(amount), currency });
  const open = { playbook, status: "OPEN", ...(partner && { partner }) };
  const found = data?.analytics;
  return (
    <dl className="headline">
      <Figure label={say("pipeline.open")} about={say("board.count", { count: total.count })}>
        <Link to="/deals" search={open as never}>
          {money(inCurrency(total.amount, currency))}
        </Link>
      </Figure>
      <Figure label={say("pipeline.weighted")} about={say("pipeline.weighted.hint")}>
        {money(inCurrency(total.weightedAmount, currency))}
      </Figure>
      {total.stalledCount > 0 && (
        <Figure
          label={say("day.stalled")}
          about={say("pipeline.stalled.hint", { share: formats.percent(total.stalledCount / total.count) })}
        >
          <Link to="/deals" search={{ ...open, stalled: true } as never}>
            {formats.number(total.stalledCount)}
          </Link>
        </Figure>
      )}
      {found?.winRate.value != null && (
        <Figure
          label={say("pipeline.winrate")}
          about={say("pipeline.winrate.hint", { won: found.won, of: found.winRate.of })}
        >
          <Link to="/deals" search={{ playbook, status: "WON", ...(partner && { partner }) } as never}>
            {formats.percent(found.winRate.value)}
          </Link>
        </Figure>
      )}
      {found?.cycle.median != null && (
        <Figure label={say("pipeline.cycle")} about={say("pipeline.cycle.hint")}>
          {say("day.days", { count: Math.round(found.cycle.median) })}
        </Figure>
      )}
    </dl>
  );
}

function Figure({ label, about, children }: { label: string; about: string; children: ReactNode }) {
  return (
    <div className="panel headline-figure">
      <dt>{label}</dt>
      <dd>
        <span className="headline-value">{children}</span>
        <span className="quiet">{about}</span>
      </dd>
    </div>
  );
}

export function analyticsOf({ playbook, partner }: About) {
  return { playbookKey: playbook, ...(partner && { partnerId: partner }) };
}
