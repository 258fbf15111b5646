import { ModelUse } from "@operations/administration.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { ModelFiguresFragment, ModelUseQuery } from "@/generated/operations";
import "./model.css";
import { useFormats, useLocale, useText } from "../../messages/context";
import type { Key } from "../../messages/messages";
import { useViewer } from "../../shell/viewer";
import { BarShape } from "../../ui/Bars";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Switch } from "../../ui/Switch";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { millisecondsInWords } from "../administration/durations";
import { Frame } from "../administration/Frame";
import { readSpan, SPANS, type Span } from "./span";

type Model = NonNullable<ModelUseQuery["guidanceModel"]>;
type Report = NonNullable<ModelUseQuery["guidanceReport"]>;

const DAY = 86_400_000;

/** The language model: how it is set, what today's budget has left, and what was used. */
export default function ModelPage() {
  const say = useText();
  const navigate = useNavigate();
  const { days = "30" } = readSpan(useSearch({ strict: false })) as { days?: Span };
  const since = new Date(Date.now() - Number(days) * DAY).toISOString().slice(0, 10);
  const [result, again] = useQuery({ query: ModelUse, variables: { since } });
  return (
    <Frame
      part="model"
      about={say("model.about")}
      tools={
        <Switch
          label={say("model.span")}
          value={days}
          options={SPANS.map((id) => ({ id, label: say("automation.try.span", { count: Number(id) }) }))}
          choose={(next) =>
            void navigate({ to: "/administration/model", search: readSpan({ days: next }) as never, replace: true })
          }
        />
      }
    >
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="panel part-waiting">
            <Skeleton lines={10} />
          </div>
        }
      >
        {({ guidanceModel, guidanceReport }) => (
          <>
            {guidanceModel && <Settings model={guidanceModel} />}
            {guidanceReport && <Use report={guidanceReport} days={Number(days)} />}
          </>
        )}
      </Ready>
    </Frame>
  );
}

function Settings({ model }: { model: Model }) {
  const say = useText();
  const formats = useFormats();
  const { playbooks } = useViewer();
  const { configured, model: name, promptVersion, wording, playbookPrompts, budget } = model;
  const { tokens, dailyTokens, cost, dailyCost, partnerDailyTokens, partnerDailyCost } = budget;
  const number = (value: string | number) => formats.number(Number(value));
  const each = [
    partnerDailyTokens !== null && say("model.tokens", { count: number(partnerDailyTokens) }),
    partnerDailyCost !== null && number(partnerDailyCost),
  ].filter(Boolean);
  return (
    <section className="panel admin-part" aria-label={say("model.settings")}>
      {!configured && <p className="note">{say("model.unset")}</p>}
      <dl className="admin-facts">
        <div>
          <dt>{say("model.name")}</dt>
          <dd>{name ?? "–"}</dd>
        </div>
        <div>
          <dt>{say("model.prompt")}</dt>
          <dd>{promptVersion}</dd>
        </div>
        <div>
          <dt>{say("model.wording")}</dt>
          <dd>{say(`model.wording.${wording}`)}</dd>
        </div>
        {playbookPrompts.map((one) => (
          <div key={one.playbookKey}>
            <dt>{playbooks.find(({ key }) => key === one.playbookKey)?.name ?? one.playbookKey}</dt>
            <dd>
              {one.promptVersion} · {say(`model.wording.${one.wording}`)}
            </dd>
          </div>
        ))}
        {each.length > 0 && (
          <div>
            <dt>{say("model.each")}</dt>
            <dd>{each.join(" · ")}</dd>
          </div>
        )}
      </dl>
      <Budget label={say("model.today.tokens")} used={tokens} most={dailyTokens} />
      {(dailyCost !== null || Number(cost) > 0) && (
        <Budget
          label={say("model.today.cost")}
          used={Number(cost)}
          most={dailyCost === null ? null : Number(dailyCost)}
        />
      )}
    </section>
  );
}

function Budget({ label, used, most }: { label: string; used: number; most: number | null }) {
  const say = useText();
  const formats = useFormats();
  const share = most ? used / most : 0;
  return (
    <div className="budget">
      <span>{label}</span>
      <BarShape parts={[{ length: Math.min(share, 1), tone: share > 0.9 ? "bad" : "accent" }]} most={1} />
      <span className="number">
        {most === null
          ? say("model.unlimited", { used: formats.number(used) })
          : say("model.used", { used: formats.number(used), most: formats.number(most) })}
      </span>
    </div>
  );
}

function Use({ report, days }: { report: Report; days: number }) {
  const say = useText();
  const formats = useFormats();
  const columns = useColumns();
  const { usage, usageByModel, modelOutcomes } = report;
  if (!usage.calls && !modelOutcomes.length) return <Empty icon="spark" title={say("model.none", { count: days })} />;
  return (
    <>
      {usage.calls > 0 && (
        <section className="panel part">
          <header>
            <h2>{say("model.use")}</h2>
          </header>
          <FigureTable
            title={say("model.use")}
            columns={columns}
            rows={[...usageByModel, usage]}
            rowKey={({ model, promptVersion }) => `${model ?? ""} ${promptVersion ?? ""}`}
          />
        </section>
      )}
      {modelOutcomes.length > 0 && (
        <section className="panel part">
          <header>
            <h2>{say("model.outcomes")}</h2>
          </header>
          <FigureTable
            title={say("model.outcomes")}
            columns={[
              { label: say("model.outcome"), cell: ({ text }) => text, show: ({ text }) => <code>{text}</code> },
              {
                label: say("model.times"),
                cell: ({ count }) => count,
                show: ({ count }) => formats.number(count),
                isNumber: true,
              },
            ]}
            rows={modelOutcomes}
            rowKey={({ text }) => text}
          />
        </section>
      )}
    </>
  );
}

function useColumns(): Column<ModelFiguresFragment>[] {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  const figure = (name: "calls" | "requests" | "inputTokens" | "outputTokens"): Column<ModelFiguresFragment> => ({
    label: say(`model.${name}` as Key),
    cell: (one) => one[name],
    show: (one) => formats.number(one[name]),
    isNumber: true,
  });
  return [
    { label: say("model.name"), cell: ({ model }) => model ?? say("model.all") },
    { label: say("model.prompt"), cell: ({ promptVersion }) => promptVersion },
    figure("calls"),
    figure("requests"),
    figure("inputTokens"),
    figure("outputTokens"),
    {
      label: say("model.cost"),
      cell: ({ cost }) => Number(cost),
      show: ({ cost }) => formats.number(Number(cost)),
      isNumber: true,
    },
    {
      label: say("model.median"),
      cell: ({ medianMilliseconds }) => medianMilliseconds,
      show: ({ medianMilliseconds }) =>
        medianMilliseconds === null ? "–" : millisecondsInWords(language, medianMilliseconds),
      isNumber: true,
    },
  ];
}
