import { PipelineAnalytics } from "@operations/pipeline.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { PipelineAnalyticsQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Bars } from "../../ui/Bars";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Icon } from "../../ui/Icon";
import { Ready, Skeleton } from "../../ui/states";
import { Part } from "../day/Part";
import { analyticsOf } from "./Headline";
import type { About, Summary } from "./PipelinePage";
import { inCurrency } from "./sums";

type Found = PipelineAnalyticsQuery["analytics"];

/** Funnel, velocity and bottlenecks: what becomes of deals stage by stage, and how long it takes. */
export function Stages({ about, summary }: { about: About; summary: Summary }) {
  const say = useText();
  const [result, again] = useQuery({ query: PipelineAnalytics, variables: { filter: analyticsOf(about) } });
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <Part title={say("pipeline.funnel")}>
          <div className="part-waiting">
            <Skeleton lines={6} />
          </div>
        </Part>
      }
    >
      {({ analytics }) =>
        analytics.deals > 0 && (
          <>
            <Funnel about={about} summary={summary} found={analytics} />
            <Velocity about={about} found={analytics} />
          </>
        )
      }
    </Ready>
  );
}

type FunnelRow = Found["funnel"][number];

function Funnel({ about, summary, found }: { about: About; summary: Summary; found: Found }) {
  const say = useText();
  const formats = useFormats();
  const { playbook, partner, currency } = about;
  const own = { playbook, status: "OPEN", ...(partner && { partner }) };
  const now = (key: string) => summary.stages.find(({ stage }) => stage.key === key);
  const share = (value: number | null) => (value === null ? "–" : formats.percent(value));
  const columns: Column<FunnelRow>[] = [
    { label: say("deals.stage"), cell: ({ stage }) => stage.name },
    {
      label: say("pipeline.now"),
      cell: ({ stage }) => now(stage.key)?.count ?? 0,
      show: ({ stage }) => {
        const count = now(stage.key)?.count ?? 0;
        if (!count) return "0";
        return (
          <Link to="/deals" search={{ ...own, stages: stage.key } as never}>
            {formats.number(count)}
          </Link>
        );
      },
      isNumber: true,
    },
    {
      label: `${say("deals.amount")} (${currency})`,
      cell: ({ stage }) => inCurrency(now(stage.key)?.amount ?? [], currency),
      show: ({ stage }) =>
        formats.money({ amount: String(inCurrency(now(stage.key)?.amount ?? [], currency)), currency }),
      isNumber: true,
    },
    {
      label: say("pipeline.entered"),
      cell: ({ entered }) => entered,
      show: ({ entered }) => formats.number(entered),
      isNumber: true,
    },
    {
      label: say("pipeline.moved"),
      cell: ({ movedOn }) => movedOn,
      show: ({ movedOn }) => formats.number(movedOn),
      isNumber: true,
    },
    {
      label: say("pipeline.losthere"),
      cell: ({ lostHere }) => lostHere,
      show: ({ lostHere }) => formats.number(lostHere),
      isNumber: true,
    },
    {
      label: say("pipeline.conversion"),
      cell: ({ conversionOfDecided }) => conversionOfDecided.value,
      show: ({ conversionOfDecided }) => share(conversionOfDecided.value),
      isNumber: true,
    },
  ];
  const most = Math.max(1, ...found.funnel.map(({ entered }) => entered));
  return (
    <Part title={say("pipeline.funnel")}>
      <div className="picture">
        <Bars
          title={say("pipeline.funnel.picture")}
          most={most}
          bars={found.funnel.map(({ stage, entered, movedOn, stillHere, conversionOfDecided }) => ({
            key: stage.id,
            label: stage.name,
            says: say("pipeline.funnel.says", {
              entered: formats.number(entered),
              share: share(conversionOfDecided.value),
            }),
            parts: [
              { length: movedOn, tone: "accent" },
              { length: stillHere, tone: "soft" },
              { length: Math.max(0, entered - movedOn - stillHere), tone: "faint" },
            ],
          }))}
        />
        <p className="keys">
          <span>
            <i className="key tone-accent" /> {say("pipeline.moved")}
          </span>
          <span>
            <i className="key tone-soft" /> {say("pipeline.stillhere")}
          </span>
          <span>
            <i className="key tone-faint" /> {say("pipeline.losthere")}
          </span>
        </p>
      </div>
      <FigureTable
        title={say("pipeline.funnel")}
        columns={columns}
        rows={found.funnel}
        rowKey={({ stage }) => stage.id}
      />
    </Part>
  );
}

type Bottleneck = Found["bottlenecks"][number];

function Velocity({ about, found }: { about: About; found: Found }) {
  const say = useText();
  const formats = useFormats();
  const { playbook, partner } = about;
  const own = { playbook, status: "OPEN", ...(partner && { partner }) };
  const speed = (key: string) => found.velocity.find(({ stage }) => stage.key === key);
  const days = (value: number | null | undefined) =>
    value == null ? "–" : formats.number(Math.round(value * 10) / 10);
  const worst = found.bottlenecks[0];
  const rows = found.funnel.flatMap(({ stage }) => found.bottlenecks.find((one) => one.stage.id === stage.id) ?? []);
  const most = Math.max(1, ...found.velocity.map(({ p80, median }) => p80 ?? median ?? 0));
  const columns: Column<Bottleneck>[] = [
    {
      label: say("deals.stage"),
      cell: ({ stage }) => stage.name,
      show: ({ stage }) => (
        <>
          {stage.name}{" "}
          {worst && rows.length > 1 && stage.id === worst.stage.id && (
            <span className="badge warn">{say("pipeline.bottleneck")}</span>
          )}
        </>
      ),
    },
    {
      label: say("pipeline.median"),
      cell: ({ stage }) => speed(stage.key)?.median,
      show: ({ stage }) => days(speed(stage.key)?.median),
      isNumber: true,
    },
    {
      label: say("pipeline.p80"),
      cell: ({ stage }) => speed(stage.key)?.p80,
      show: ({ stage }) => days(speed(stage.key)?.p80),
      isNumber: true,
    },
    { label: say("pipeline.targetdays"), cell: ({ stage }) => speed(stage.key)?.stage.targetDays, isNumber: true },
    {
      label: say("pipeline.share"),
      cell: ({ shareOfTime }) => shareOfTime,
      show: ({ shareOfTime }) => formats.percent(shareOfTime),
      isNumber: true,
    },
    {
      label: say("pipeline.inside"),
      cell: ({ stage }) => speed(stage.key)?.open ?? 0,
      show: ({ stage }) => (
        <Link to="/deals" search={{ ...own, stages: stage.key } as never}>
          {formats.number(speed(stage.key)?.open ?? 0)}
        </Link>
      ),
      isNumber: true,
    },
  ];
  return (
    <Part title={say("pipeline.velocity")}>
      <div className="picture">
        <Bars
          title={say("pipeline.velocity.picture")}
          most={most}
          bars={rows.map(({ stage }) => {
            const { median, p80 } = speed(stage.key) ?? { median: null, p80: null };
            return {
              key: stage.id,
              label: stage.name,
              says: say("pipeline.velocity.says", { median: days(median), p80: days(p80) }),
              parts: [
                { length: median ?? 0, tone: stage.id === worst?.stage.id ? ("warn" as const) : ("accent" as const) },
                { length: Math.max(0, (p80 ?? median ?? 0) - (median ?? 0)), tone: "faint" as const },
              ],
            };
          })}
        />
        {found.findings.length > 0 && (
          <ul className="said">
            {found.findings.map(({ kind, text }) => (
              <li key={`${kind}${text}`}>
                <Icon name="spark" size={16} /> {text}
              </li>
            ))}
          </ul>
        )}
      </div>
      <FigureTable title={say("pipeline.velocity")} columns={columns} rows={rows} rowKey={({ stage }) => stage.id} />
    </Part>
  );
}
