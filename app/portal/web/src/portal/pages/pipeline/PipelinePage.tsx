import { PipelinePartners, PipelinePeriods, PipelineStages } from "@operations/pipeline.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { PipelinePeriodsQuery, PipelineStagesQuery } from "@/generated/operations";
import "./pipeline.css";
import { useFormats, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { Boundary, Empty, Ready } from "../../ui/states";
import { Accuracy } from "./Accuracy";
import { Changes } from "./Changes";
import { type Chosen, readChosen } from "./chosen";
import { Forecast } from "./Forecast";
import { Headline } from "./Headline";
import { Stages } from "./Stages";
import { currenciesOf } from "./sums";

type Choose = (changes: { [Name in keyof Chosen]?: Chosen[Name] | undefined }) => void;
export type Period = PipelinePeriodsQuery["forecastPeriods"][number];
export type Summary = PipelineStagesQuery["pipeline"];

/** What all parts of the page are about. */
export interface About {
  playbook: string;
  partner: string | undefined;
  period: Period;
  currency: string;
}

export default function PipelinePage() {
  const say = useText();
  const chosen: Chosen = readChosen(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { playbooks } = useViewer();
  const playbook = chosen.playbook ?? playbooks[0]?.key;
  const [periods, again] = useQuery({ query: PipelinePeriods, variables: { kind: "QUARTER" } });
  const filter = {
    playbookKey: playbook ?? "",
    status: ["OPEN" as const],
    ...(chosen.partner && { partnerId: chosen.partner }),
  };
  const [stages, stagesAgain] = useQuery({ query: PipelineStages, variables: { filter }, pause: !playbook });
  useTitle(say("nav.pipeline"));
  const choose: Choose = (changes) =>
    void navigate({ to: "/pipeline", search: { ...chosen, ...changes } as never, replace: true, resetScroll: false });
  if (!playbook) {
    return (
      <div className="page">
        <h1 className="unseen">{say("nav.pipeline")}</h1>
        <Empty icon="chart" title={say("board.none")} />
      </div>
    );
  }
  return (
    <Ready result={periods} retry={() => again({ requestPolicy: "network-only" })}>
      {({ forecastPeriods }) => (
        <Ready result={stages} retry={() => stagesAgain({ requestPolicy: "network-only" })}>
          {({ pipeline }) => {
            const period =
              forecastPeriods.find((one) => one.period === chosen.period) ??
              forecastPeriods.find(({ current }) => current);
            if (!period) return null;
            const currencies = currenciesOf([...pipeline.stages.map(({ amount }) => amount), pipeline.total.amount]);
            const currency = chosen.currency ?? currencies[0] ?? "EUR";
            const about = { playbook, partner: chosen.partner, period, currency };
            return (
              <div className="page pipeline-page">
                <Head {...{ about, chosen, currencies, periods: forecastPeriods, choose }} />
                <Headline about={about} summary={pipeline} />
                <Boundary>
                  <Forecast about={about} />
                </Boundary>
                <Boundary>
                  <Changes about={about} part={chosen.part} choose={(part) => choose({ part })} />
                </Boundary>
                <Boundary>
                  <Stages about={about} summary={pipeline} />
                </Boundary>
                <Boundary>
                  <Accuracy about={about} />
                </Boundary>
              </div>
            );
          }}
        </Ready>
      )}
    </Ready>
  );
}

interface HeadGiven {
  about: About;
  chosen: Chosen;
  currencies: readonly string[];
  periods: readonly Period[];
  choose: Choose;
}

function Head({ about, chosen, currencies, periods, choose }: HeadGiven) {
  const say = useText();
  const formats = useFormats();
  const { playbooks } = useViewer();
  const isVendor = useIsVendor();
  const [partners] = useQuery({ query: PipelinePartners, pause: !isVendor });
  const offered = currencies.includes(about.currency) ? currencies : [about.currency, ...currencies];
  return (
    <header className="page-head">
      <div>
        <h1>{say("nav.pipeline")}</h1>
        <p className="quiet">
          {formats.date(about.period.startsOn)} – {formats.date(about.period.endsOn)}
        </p>
      </div>
      <div className="page-tools">
        <Choice
          bare
          label={say("board.playbook")}
          options={playbooks.map(({ key, name }) => ({ id: key, label: name }))}
          value={about.playbook}
          choose={(playbook) => choose({ playbook, currency: undefined, part: undefined })}
        />
        {isVendor && (
          <Choice
            bare
            label={say("board.partner")}
            options={[
              { id: "", label: say("pipeline.partners") },
              ...(partners.data?.partners.nodes ?? []).map(({ id, name }) => ({ id, label: name })),
            ]}
            value={chosen.partner ?? ""}
            choose={(partner) => choose({ partner: partner || undefined, currency: undefined, part: undefined })}
          />
        )}
        <Choice
          bare
          label={say("pipeline.period")}
          options={periods.map(({ period }) => ({ id: period, label: period.split("-").reverse().join(" ") }))}
          value={about.period.period}
          choose={(period) => choose({ period, part: undefined })}
        />
        {offered.length > 1 && (
          <Choice
            bare
            label={say("pipeline.currency")}
            options={offered.map((id) => ({ id, label: id }))}
            value={about.currency}
            choose={(currency) => choose({ currency })}
          />
        )}
      </div>
    </header>
  );
}
