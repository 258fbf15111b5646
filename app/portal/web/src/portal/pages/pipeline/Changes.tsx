import { PipelineChangeDeals, PipelineChanges } from "@operations/pipeline.graphql";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useQuery } from "urql";
import type { ChangedDealFragment, PipelineChangesQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Icon } from "../../ui/Icon";
import { Ready, Skeleton } from "../../ui/states";
import { Part as Panel } from "../day/Part";
import { PARTS, type Part } from "./chosen";
import type { About } from "./PipelinePage";
import { inCurrency } from "./sums";
import { type Step, Waterfall } from "./Waterfall";

type Found = PipelineChangesQuery["pipelineChange"];

/** 1 adds to what is open, -1 takes from it, 0 is the sum at one end. */
const SIGNS: Record<Part, 1 | -1 | 0> = {
  opening: 0,
  created: 1,
  reopened: 1,
  increased: 1,
  movedIn: 1,
  transferredIn: 1,
  decreased: -1,
  movedOut: -1,
  transferredOut: -1,
  won: -1,
  lost: -1,
  removed: -1,
  closing: 0,
};
const DEALS = 100;

interface Given {
  about: About;
  part: Part | undefined;
  choose: (part: Part | undefined) => void;
}

/** How what is open became what it is, from the period's first moment to its end or now. */
export function Changes({ about, part, choose }: Given) {
  const say = useText();
  const variables = useVariables(about);
  const isToCome = variables.from >= variables.to;
  const [result, again] = useQuery({ query: PipelineChanges, variables, pause: isToCome });
  if (isToCome) return null;
  return (
    <Panel title={say("pipeline.changes")}>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="part-waiting">
            <Skeleton lines={6} />
          </div>
        }
      >
        {({ pipelineChange }) => (
          <>
            <Parts found={pipelineChange} currency={about.currency} part={part} choose={choose} />
            {part && part !== "removed" && <Deals about={about} part={part} close={() => choose(undefined)} />}
          </>
        )}
      </Ready>
    </Panel>
  );
}

function useVariables({ playbook, partner, period }: About) {
  return useMemo(() => {
    const minute = 60_000;
    const now = Math.floor(Date.now() / minute) * minute;
    const end = Date.parse(`${period.endsOn}T00:00:00Z`) + 86_400_000;
    return {
      filter: { playbookKey: playbook, ...(partner && { partnerId: partner }) },
      from: `${period.startsOn}T00:00:00.000Z`,
      to: new Date(Math.min(end, now)).toISOString(),
    };
  }, [playbook, partner, period]);
}

function Parts({ found, currency, part, choose }: { found: Found; currency: string } & Omit<Given, "about">) {
  const say = useText();
  const formats = useFormats();
  const steps: Step[] = PARTS.map((name) => ({
    name,
    label: say(`pipeline.part.${name}`),
    value: inCurrency(found[name], currency) * (SIGNS[name] || 1),
    isSum: SIGNS[name] === 0,
  })).filter(({ value, isSum }) => isSum || value !== 0);
  const money = (value: number) => formats.money({ amount: String(value), currency });
  const columns: Column<Step>[] = [
    { label: say("pipeline.change"), cell: ({ label }) => label },
    {
      label: `${say("deals.amount")} (${currency})`,
      cell: ({ value }) => value,
      show: ({ name, value, isSum }) =>
        name === "removed" ? (
          money(value)
        ) : (
          <button
            type="button"
            className="figure-link"
            aria-expanded={part === name}
            onClick={() => choose(part === name ? undefined : name)}
          >
            {!isSum && value > 0 ? "+" : ""}
            {money(value)}
          </button>
        ),
      isNumber: true,
    },
  ];
  return (
    <div className="two">
      <div className="picture">
        <Waterfall
          title={say("pipeline.changes.picture")}
          steps={steps}
          says={(value) => formats.shortMoney({ amount: String(value), currency })}
        />
      </div>
      <FigureTable title={say("pipeline.changes")} columns={columns} rows={steps} rowKey={({ name }) => name} />
    </div>
  );
}

function Deals({ about, part, close }: { about: About; part: Exclude<Part, "removed">; close: () => void }) {
  const say = useText();
  const formats = useFormats();
  const variables = useVariables(about);
  const [result, again] = useQuery({ query: PipelineChangeDeals, variables: { ...variables, first: DEALS } });
  const title = `${say("pipeline.changes")}: ${say(`pipeline.part.${part}`)}`;
  const columns: Column<ChangedDealFragment>[] = [
    {
      label: say("deals.deal"),
      cell: ({ opportunity }) => opportunity.name,
      show: ({ opportunity: { id, name, account } }) => (
        <>
          <Link to={`/deals/${id}`}>{name}</Link>
          <span className="figures-below">{account.name}</span>
        </>
      ),
    },
    {
      label: say("deals.amount"),
      cell: ({ amount }) => (amount ? Number(amount.amount) : null),
      show: ({ amount }) => (amount ? formats.money(amount) : "–"),
      isNumber: true,
    },
    { label: say("deals.currency"), cell: ({ amount }) => amount?.currency },
    { label: say("deals.stage"), cell: ({ opportunity }) => opportunity.stage.name },
    { label: say("pipeline.when"), cell: ({ at }) => at, show: ({ at }) => formats.date(at) },
  ];
  return (
    <section className="changed" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <button type="button" className="plain" aria-label={say("close")} onClick={close}>
          <Icon name="close" size={16} />
        </button>
      </header>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="part-waiting">
            <Skeleton lines={4} />
          </div>
        }
      >
        {({ pipelineChange: { deals } }) => {
          const those = deals[part].filter(({ amount }) => !amount || amount.currency === about.currency);
          return (
            <>
              <FigureTable
                title={title}
                columns={columns}
                rows={those}
                rowKey={({ opportunity, at }) => `${opportunity.id}${at}`}
              />
              {deals[part].length >= DEALS && (
                <p className="part-more quiet">{say("pipeline.first", { count: DEALS })}</p>
              )}
            </>
          );
        }}
      </Ready>
    </section>
  );
}
