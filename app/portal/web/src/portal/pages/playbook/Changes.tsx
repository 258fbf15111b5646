import { PlaybookInForce } from "@operations/playbooks.graphql";
import { useMemo } from "react";
import { useQuery } from "urql";
import { useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { DifferenceList } from "./DifferenceList";
import { differences } from "./differences";
import { type Doc, docOf } from "./model";
import type { Place } from "./saving";

interface Given {
  playbookKey: string;
  doc: Doc;
  languages: readonly string[];
  titleOf: (contentKey: string) => string;
  lead: (place: Place) => void;
}

/** The draft against the version in force, as it is being typed. */
export function Changes({ playbookKey, doc, languages, titleOf, lead }: Given) {
  const say = useText();
  const [result, again] = useQuery({
    query: PlaybookInForce,
    variables: { key: playbookKey, languages: [...languages] },
  });
  const inForce = result.data?.playbook;
  const found = useMemo(() => (inForce ? differences(docOf(inForce), doc) : []), [inForce, doc]);
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={6} />}>
      {({ playbook }) => {
        if (playbook?.status !== "PUBLISHED") {
          return <Empty icon="document" title={say("playbook.changes.first")} />;
        }
        if (!found.length) return <Empty icon="check" title={say("playbook.changes.none")} />;
        const stageName = (key: string) =>
          doc.stages.find((stage) => stage.key === key)?.name ??
          playbook.stages.find((stage) => stage.key === key)?.name ??
          key;
        return (
          <>
            <p className="quiet side-note">
              {say("playbook.changes.count", { count: found.length, version: playbook.version })}
            </p>
            <DifferenceList found={found} stageName={stageName} titleOf={titleOf} lead={lead} />
          </>
        );
      }}
    </Ready>
  );
}
