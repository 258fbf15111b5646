import { PipelineForecast } from "@operations/pipeline.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { PipelineForecastQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import type { Tone } from "../../ui/Bars";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Ready, Skeleton } from "../../ui/states";
import { Part } from "../day/Part";
import type { About } from "./PipelinePage";
import { inCurrency } from "./sums";

type Found = PipelineForecastQuery["forecast"];

interface Row {
  name: "closed" | "commit" | "bestCase" | "pipeline";
  tone: Tone;
  search: Record<string, string>;
}

const OF = { commit: "COMMIT", bestCase: "BEST_CASE", pipeline: "PIPELINE" } as const;
const TONES: Record<Row["name"], Tone> = { closed: "good", commit: "accent", bestCase: "soft", pipeline: "faint" };

/** What the period is likely to bring, by category and as modelled, against the target. */
export function Forecast({ about }: { about: About }) {
  const say = useText();
  const { playbook, partner, period } = about;
  const filter = { playbookKey: playbook, ...(partner && { partnerId: partner }) };
  const [result, again] = useQuery({ query: PipelineForecast, variables: { period: period.period, filter } });
  return (
    <Part title={say("pipeline.forecast")}>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="part-waiting">
            <Skeleton lines={4} />
          </div>
        }
      >
        {({ forecast }) => <Picture about={about} found={forecast} />}
      </Ready>
    </Part>
  );
}

function Picture({ about, found }: { about: About; found: Found }) {
  const say = useText();
  const formats = useFormats();
  const { currency, playbook, partner, period } = about;
  const own = { playbook, ...(partner && { partner }) };
  const rows: Row[] = [
    {
      name: "closed",
      tone: TONES.closed,
      search: { ...own, status: "WON", closedFrom: period.startsOn, closedTo: period.endsOn },
    },
    ...(["commit", "bestCase", "pipeline"] as const).map((name) => ({
      name,
      tone: TONES[name],
      search: { ...own, status: "OPEN", closesFrom: period.startsOn, closesTo: period.endsOn, category: OF[name] },
    })),
  ];
  const money = (amount: number) => formats.money({ amount: String(Math.round(amount)), currency });
  const amountOf = ({ name }: Row) => inCurrency(found[name], currency);
  const range = found.modelledParts.find((part) => part.range.currency === currency)?.range;
  const target = found.target?.currency === currency ? Number(found.target.amount) : undefined;
  const columns: Column<Row>[] = [
    {
      label: say("deals.category"),
      cell: ({ name }) => say(`pipeline.category.${name}`),
      show: ({ name, tone }) => (
        <span className="key-row">
          <i className={`key tone-${tone}`} />
          {say(`pipeline.category.${name}`)}
        </span>
      ),
    },
    {
      label: `${say("deals.amount")} (${currency})`,
      cell: amountOf,
      show: (row) => (
        <Link to="/deals" search={row.search as never}>
          {money(amountOf(row))}
        </Link>
      ),
      isNumber: true,
    },
  ];
  return (
    <div className="two">
      <div className="picture">
        <ForecastShape
          rows={rows.map((row) => ({ tone: row.tone, length: amountOf(row) }))}
          range={range}
          target={target}
        />
        <ul className="said">
          {range && (
            <li>
              <i className="key key-range" />
              {say("pipeline.range", {
                low: money(Number(range.low)),
                high: money(Number(range.high)),
                expected: money(Number(range.expected)),
              })}
            </li>
          )}
          {target !== undefined && (
            <li>
              <i className="key key-target" />
              {say("pipeline.target", { target: money(target) })}
              {found.gap &&
                Number(found.gap.amount) > 0 &&
                ` ${say("pipeline.gap", { gap: money(Number(found.gap.amount)) })}`}
              {found.gap && Number(found.gap.amount) <= 0 && ` ${say("pipeline.reached")}`}
              {found.coverage !== null &&
                ` ${say("pipeline.coverage", { times: formats.number(Math.round(found.coverage * 10) / 10) })}`}
            </li>
          )}
          {target === undefined && <li className="quiet">{say("pipeline.notarget")}</li>}
        </ul>
      </div>
      <FigureTable
        title={say("pipeline.forecast.table", { period: period.period })}
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
      />
    </div>
  );
}

interface ShapeGiven {
  rows: readonly { tone: Tone; length: number }[];
  range: { low: string; high: string; expected: string } | undefined;
  target: number | undefined;
}

const WIDE = 600;
const BAR = 34;
const TOP = 26;

/** The categories one after the other, the modelled range above them, and the target as a line across. */
function ForecastShape({ rows, range, target }: ShapeGiven) {
  const say = useText();
  const sum = rows.reduce((before, { length }) => before + length, 0);
  const most = Math.max(sum, target ?? 0, Number(range?.high ?? 0), Number(range?.expected ?? 0)) * 1.04 || 1;
  const x = (value: number) => (value / most) * WIDE;
  let start = 0;
  return (
    <svg
      className="forecast-shape"
      viewBox={`0 0 ${WIDE} ${TOP + BAR + 8}`}
      role="img"
      aria-label={say("pipeline.forecast.picture")}
    >
      <rect className="tone-track" x="0" y={TOP} width={WIDE} height={BAR} rx="4" />
      {rows.map(({ tone, length }) => {
        const at = start;
        start += x(length);
        return <rect key={tone} className={`tone-${tone}`} x={at} y={TOP} width={x(length)} height={BAR} />;
      })}
      {range && (
        <g className="range">
          <line x1={x(Number(range.low))} x2={x(Number(range.high))} y1="12" y2="12" />
          <line x1={x(Number(range.low))} x2={x(Number(range.low))} y1="6" y2="18" />
          <line x1={x(Number(range.high))} x2={x(Number(range.high))} y1="6" y2="18" />
          <circle cx={x(Number(range.expected))} cy="12" r="4.5" />
        </g>
      )}
      {target !== undefined && (
        <line className="target" x1={x(target)} x2={x(target)} y1={TOP - 6} y2={TOP + BAR + 6} />
      )}
    </svg>
  );
}
