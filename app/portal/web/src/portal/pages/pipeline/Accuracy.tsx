import { PipelineAccuracy } from "@operations/pipeline.graphql";
import { useQuery } from "urql";
import type { PipelineAccuracyQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { BarShape } from "../../ui/Bars";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Ready, Skeleton } from "../../ui/states";
import { Part } from "../day/Part";
import type { About } from "./PipelinePage";

type Row = PipelineAccuracyQuery["forecastAccuracy"]["methods"][number];

const PERIODS = 4;

/** How far forecasts of the last quarters were off, by how they were made and how early; over all playbooks, as the
 * server keeps them each night. */
export function Accuracy({ about: { partner } }: { about: About }) {
  const say = useText();
  const { playbooks } = useViewer();
  const title = say(playbooks.length > 1 ? "pipeline.accuracy.all" : "pipeline.accuracy");
  const formats = useFormats();
  const filter = { kind: "QUARTER" as const, periods: PERIODS, ...(partner && { partnerId: partner }) };
  const [result, again] = useQuery({ query: PipelineAccuracy, variables: { filter } });
  const share = (value: number | null) => (value === null ? "–" : formats.percent(value));
  const columns: Column<Row>[] = [
    { label: say("pipeline.method"), cell: ({ method }) => say(`pipeline.method.${method}`) },
    { label: say("pipeline.before"), cell: ({ daysBefore }) => daysBefore, isNumber: true },
    {
      label: say("pipeline.error"),
      cell: ({ medianError }) => medianError,
      show: ({ medianError }) => (
        <span className="error-cell">
          <BarShape parts={[{ length: Math.min(1, medianError ?? 0), tone: "accent" }]} most={1} />
          {share(medianError)}
        </span>
      ),
      isNumber: true,
    },
    {
      label: say("pipeline.bias"),
      cell: ({ bias }) => bias,
      show: ({ bias }) => (bias === null ? "–" : `${bias > 0 ? "+" : ""}${formats.percent(bias)}`),
      isNumber: true,
    },
    {
      label: say("pipeline.within"),
      cell: ({ withinRange }) => withinRange.value,
      show: ({ withinRange }) => share(withinRange.value),
      isNumber: true,
    },
    { label: say("pipeline.forecasts"), cell: ({ forecasts }) => forecasts, isNumber: true },
  ];
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <Part title={title}>
          <div className="part-waiting">
            <Skeleton lines={4} />
          </div>
        </Part>
      }
    >
      {({ forecastAccuracy: { methods } }) =>
        methods.length > 0 && (
          <Part title={title}>
            <FigureTable
              title={title}
              columns={columns}
              rows={methods}
              rowKey={({ method, daysBefore }) => `${method}${daysBefore}`}
            />
          </Part>
        )
      }
    </Ready>
  );
}
