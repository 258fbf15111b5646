import { ConsumerLags } from "@operations/administration.graphql";
import { useEffect } from "react";
import { useQuery } from "urql";
import type { ConsumerLagsQuery } from "@/generated/operations";
import { useFormats, useLocale, useText } from "../../messages/context";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { inWords } from "../administration/durations";
import { Frame } from "../administration/Frame";

type Consumer = NonNullable<ConsumerLagsQuery["consumers"]>[number];

const LOOKS_AGAIN = 5_000;
/** Seconds after which somebody waits for what should have happened by itself. */
const LATE = 60;

/** How far each consumer is behind the log, looked at again while it is on the screen. */
export default function ConsumersPage() {
  const say = useText();
  const columns = useColumns();
  const [result, again] = useQuery({ query: ConsumerLags });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") again({ requestPolicy: "network-only" });
    }, LOOKS_AGAIN);
    return () => clearInterval(timer);
  }, [again]);
  return (
    <Frame part="consumers" about={say("consumers.about")}>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="panel part-waiting">
            <Skeleton lines={7} />
          </div>
        }
      >
        {({ consumers }) =>
          consumers?.length ? (
            <div className="panel">
              <FigureTable
                title={say("administration.consumers")}
                columns={columns}
                rows={consumers}
                rowKey={({ name }) => name}
              />
            </div>
          ) : (
            <Empty icon="clock" title={say("consumers.none")} />
          )
        }
      </Ready>
    </Frame>
  );
}

function useColumns(): Column<Consumer>[] {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  return [
    { label: say("consumers.name"), cell: ({ name }) => name },
    {
      label: say("consumers.lag"),
      cell: ({ lagSeconds }) => lagSeconds,
      show: ({ lagSeconds }) => (
        <span className={lagSeconds > LATE ? "badge warn" : "badge good"}>
          {lagSeconds > 0 ? inWords(language, lagSeconds) : say("consumers.none.behind")}
        </span>
      ),
      isNumber: true,
    },
    {
      label: say("consumers.behind"),
      cell: ({ eventsBehind }) => eventsBehind,
      show: ({ eventsBehind }) => formats.number(eventsBehind),
      isNumber: true,
    },
    {
      label: say("consumers.delayed"),
      cell: ({ delayedEvents }) => delayedEvents,
      show: ({ delayedEvents }) => formats.number(delayedEvents),
      isNumber: true,
    },
    {
      label: say("consumers.aside"),
      cell: ({ eventsAside }) => eventsAside,
      show: ({ eventsAside }) =>
        eventsAside ? <span className="badge bad">{formats.number(eventsAside)}</span> : formats.number(0),
      isNumber: true,
    },
    { label: say("consumers.moved"), cell: ({ movedAt }) => movedAt, show: ({ movedAt }) => formats.ago(movedAt) },
  ];
}
