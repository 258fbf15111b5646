import { BoardChanges, BoardColumn, BoardFigures } from "@operations/board.graphql";
import { LogEnd } from "@operations/shell.graphql";
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useClient, useSubscription } from "urql";
import type { BoardChangesSubscription, OpportunityFilter } from "@/generated/operations";
import { type Failure, failureOf } from "../../client/failures";
import { changed, NOTHING } from "./state";

const PAGE = 25;
/** Figures are counted anew so long after the last change, in milliseconds. */
const COUNT_AFTER = 400;
/** After the server has ended a subscription, in milliseconds: never in a loop as fast as it can. */
const READ_ANEW_AFTER = 3_000;

export type Heard = BoardChangesSubscription["opportunitiesChanged"];

/** The board of these stages as it is now. `heard` is told of each change, of one's own as well. */
export function useBoard(given: OpportunityFilter, stages: readonly string[], heard: (event: Heard) => void) {
  const client = useClient();
  const [board, change] = useReducer(changed, NOTHING);
  const [failure, setFailure] = useState<Failure>();
  const [from, setFrom] = useState<{ after: string | null; filter: OpportunityFilter }>();
  const wanted = JSON.stringify([given, stages]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: by what they say, since they are made anew each time
  const { filter, keys } = useMemo(() => ({ filter: given, keys: stages }), [wanted]);
  const current = useRef(filter);
  const counting = useRef<ReturnType<typeof setTimeout>>(undefined);

  const count = useCallback(async () => {
    const answer = await client.query(BoardFigures, { filter }, FRESH);
    if (answer.data && current.current === filter) change({ kind: "counted", figures: answer.data.pipeline.stages });
  }, [client, filter]);

  const countSoon = useCallback(() => {
    clearTimeout(counting.current);
    counting.current = setTimeout(() => void count(), COUNT_AFTER);
  }, [count]);

  const more = useCallback(
    async (stage: string, after: string | null) => {
      change({ kind: "asked", stage });
      const variables = { filter: { ...filter, stageKeys: [stage] }, first: PAGE, after };
      const { data, error } = await client.query(BoardColumn, variables, FRESH);
      if (current.current !== filter) return;
      if (!data) {
        change({ kind: "failed", stage });
        if (error) setFailure(failureOf(error));
        return;
      }
      const { nodes, pageInfo } = data.opportunities;
      change({ kind: "paged", stage, cards: nodes, after: pageInfo.hasNextPage ? pageInfo.endCursor : null });
    },
    [client, filter],
  );

  const load = useCallback(async () => {
    current.current = filter;
    setFailure(undefined);
    change({ kind: "emptied", stages: keys });
    // Before the lists, so that nothing that happens in between is lost.
    const end = await client.query(LogEnd, {}, FRESH);
    if (current.current !== filter) return;
    if (!end.data) {
      if (end.error) setFailure(failureOf(end.error));
      return;
    }
    await Promise.all([count(), ...keys.map((stage) => more(stage, null))]);
    if (current.current === filter) setFrom({ after: end.data.events.pageInfo.endCursor, filter });
  }, [client, filter, keys, count, more]);

  useEffect(() => {
    if (keys.length) void load();
    return () => clearTimeout(counting.current);
  }, [load, keys]);

  const [{ error: lost }] = useSubscription(
    { query: BoardChanges, variables: { filter, after: from?.after ?? null }, pause: from?.filter !== filter },
    (_, data) => {
      const event = data.opportunitiesChanged;
      heard(event);
      if (event.matches && event.opportunity) change({ kind: "placed", card: event.opportunity });
      else change({ kind: "left", id: event.opportunityId });
      countSoon();
      return data;
    },
  );

  // The log no longer goes back so far, or too much waited for a slow page: the lists are read anew.
  useEffect(() => {
    if (!lost) return undefined;
    const waiting = setTimeout(() => void load(), READ_ANEW_AFTER);
    return () => clearTimeout(waiting);
  }, [lost, load]);

  return { board, change, more, failure, reload: load, countSoon };
}

const FRESH = { requestPolicy: "network-only" } as const;
