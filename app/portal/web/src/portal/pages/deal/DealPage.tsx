import { DealChanges, DealHead } from "@operations/deal.graphql";
import { LogEnd } from "@operations/shell.graphql";
import { useParams } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery, useSubscription } from "urql";
import type { DealHeadPartsFragment } from "@/generated/operations";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useViewer } from "../../shell/viewer";
import { Boundary, Empty, Ready } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { Actions } from "./Actions";
import "./deal.css";
import { Comments } from "./Comments";
import { Header } from "./Header";
import { History } from "./History";
import { Needs } from "./Needs";
import { Side } from "./Side";
import { StagePath } from "./StagePath";
import { Tasks } from "./Tasks";

export type Deal = DealHeadPartsFragment;

export default function DealPage() {
  const say = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const [result, again] = useQuery({ query: DealHead, variables: { id } });
  const deal = result.data?.opportunity;
  useTitle(deal?.name ?? "");
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })}>
      {({ opportunity }) =>
        opportunity ? (
          <Shown key={opportunity.id} deal={opportunity} />
        ) : (
          <div className="page">
            <Empty icon="search" title={say("problem.not-found")} />
          </div>
        )
      }
    </Ready>
  );
}

function Shown({ deal }: { deal: Deal }) {
  const changes = useChanges(deal);
  return (
    <div className="page deal">
      <Header deal={deal} />
      <StagePath deal={deal} />
      <div className="deal-columns">
        <div className="deal-main">
          <Boundary>
            <Needs deal={deal} />
          </Boundary>
          <Boundary>
            <Actions id={deal.id} />
          </Boundary>
          <Boundary>
            <Tasks id={deal.id} changes={changes} />
          </Boundary>
          <Boundary>
            <Comments id={deal.id} changes={changes} />
          </Boundary>
          <Boundary>
            <History id={deal.id} changes={changes} />
          </Boundary>
        </div>
        <div className="deal-side">
          <Boundary>
            <Side id={deal.id} changes={changes} />
          </Boundary>
        </div>
      </div>
    </div>
  );
}

/** How often the deal has changed since the page was opened: parts that are lists of their own read anew with it. */
function useChanges(deal: Deal): number {
  const say = useText();
  const { user } = useViewer();
  const [changes, setChanges] = useState(0);
  const [end] = useQuery({ query: LogEnd, requestPolicy: "network-only" });
  const after = end.data?.events.pageInfo.endCursor ?? null;
  const [start] = useState(() => ({ id: deal.id }));
  useSubscription({ query: DealChanges, variables: { id: start.id, after }, pause: !end.data }, (_, event) => {
    const { transition, opportunity } = event.opportunityUpdated;
    if (transition?.actor && transition.actor.id !== user.id) {
      toast(
        say("board.moved.by", { who: transition.actor.name, name: opportunity.name, stage: transition.toStage.name }),
      );
    }
    setChanges((before) => before + 1);
    return event;
  });
  return changes;
}

/** Tells of what a mutation's user can mend; whether it went through. */
export function useSaved() {
  const say = useText();
  return useCallback(
    (errors: readonly { code: string; message: string }[] | undefined): boolean => {
      if (errors?.length === 0) return true;
      const isConflict = errors?.some(({ code }) => code === "CONFLICT");
      toast(isConflict ? say("deal.conflict") : (errors?.[0]?.message ?? say("problem.busy")), "bad");
      return false;
    },
    [say],
  );
}
