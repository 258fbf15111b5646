import { PartnerScores } from "@operations/partners.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useQuery } from "urql";
import type { PartnerScoresQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Bars } from "../../ui/Bars";
import { Switch } from "../../ui/Switch";
import { Ready, Skeleton } from "../../ui/states";
import { Part } from "./Part";
import { type Chosen, daysOf, PERIODS, type Period, readPeriod } from "./period";

type Card = NonNullable<PartnerScoresQuery["partner"]>["scorecard"];

/** A partner's figures in a period, and how well its open deals are kept. */
export function Scorecard({ id }: { id: string }) {
  const say = useText();
  const navigate = useNavigate();
  const { period }: Chosen = readPeriod(useSearch({ strict: false }));
  const [result, again] = useQuery({ query: PartnerScores, variables: { id, period: daysOf(period) } });
  const choose = (next: Period | "all") =>
    void navigate({
      to: `/partners/${id}`,
      search: (next === "all" ? {} : { period: next }) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <Part
      title={say("partners.scorecard")}
      end={
        <Switch
          label={say("pipeline.period")}
          value={period ?? "all"}
          options={[
            { id: "all" as const, label: say("partners.period.all") },
            ...PERIODS.map((one) => ({ id: one, label: say(`partners.period.${one}`) })),
          ]}
          choose={choose}
        />
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
          partner && (
            <div className="scorecard">
              <Figures id={id} card={partner.scorecard} />
              <Upkeep card={partner.scorecard} />
            </div>
          )
        }
      </Ready>
    </Part>
  );
}

function Figures({ id, card }: { id: string; card: Card }) {
  const say = useText();
  const formats = useFormats();
  const money = (sums: Card["openAmount"]) => sums.map((one) => formats.shortMoney(one)).join(" + ") || "–";
  const share = ({ value }: { value: number | null }) => (value === null ? "–" : formats.percent(value));
  const figures: [string, ReactNode, (string | undefined)?][] = [
    [
      say("partners.open"),
      <Link key="open" to="/deals" search={{ partner: id, status: "OPEN" } as never}>
        {formats.number(card.openDeals)}
      </Link>,
      money(card.openAmount),
    ],
    [
      say("partners.won"),
      <Link key="won" to="/deals" search={{ partner: id, status: "WON" } as never}>
        {money(card.wonAmount)}
      </Link>,
    ],
    [
      say("pipeline.winrate"),
      share(card.winRate),
      card.winRate.value === null ? undefined : say("partners.of", { count: card.winRate.of }),
    ],
    [
      say("pipeline.cycle"),
      card.medianCycleDays === null ? "–" : say("day.days", { count: Math.round(card.medianCycleDays) }),
      say("pipeline.cycle.hint"),
    ],
    [say("partners.created"), formats.number(card.deals)],
    [
      say("partners.registrations"),
      formats.number(card.registrations),
      card.approvedShare.value === null
        ? undefined
        : say("partners.approved", { share: formats.percent(card.approvedShare.value) }),
    ],
  ];
  return (
    <dl className="score-figures">
      {figures.map(([label, value, below]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <span className="score-value">{value}</span>
            {below && <span className="quiet">{below}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Of the open deals as they stand now: shares that are better short than long. */
function Upkeep({ card: { hygiene, stalledShare } }: { card: Card }) {
  const say = useText();
  const formats = useFormats();
  const shares = [
    ["stalled", stalledShare],
    ["noNextStep", hygiene.noNextStep],
    ["closeDatePassed", hygiene.closeDatePassed],
    ["silent", hygiene.silent],
    ["noAmount", hygiene.noAmount],
  ] as const;
  if (!stalledShare.of) return null;
  return (
    <div className="upkeep">
      <h3>{say("partners.hygiene")}</h3>
      <p className="quiet">{say("partners.hygiene.about", { count: stalledShare.of })}</p>
      <Bars
        title={say("partners.hygiene")}
        most={1}
        bars={shares.map(([key, { value }]) => ({
          key,
          label: say(`partners.hygiene.${key}`),
          says: value === null ? "–" : formats.percent(value),
          parts: [{ length: value ?? 0, tone: (value ?? 0) > 0.25 ? ("warn" as const) : ("accent" as const) }],
        }))}
      />
    </div>
  );
}
