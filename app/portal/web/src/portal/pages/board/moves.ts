import { BoardMoves, MoveOnBoard } from "@operations/board.graphql";
import type { Client } from "urql";
import type { BoardMovesQuery } from "@/generated/operations";
import { failureOf } from "../../client/failures";
import type { Card } from "./state";

type Transition = NonNullable<BoardMovesQuery["opportunity"]>["allowedTransitions"][number];

/** A stage that a card may go to, and what that takes. */
export interface Way {
  stage: string;
  name: string;
  kind: Transition["kind"];
  /** What is missing, in the server's words. */
  missing: readonly string[];
  needsReason: boolean;
  /** Whether the viewer may move it despite what is missing. */
  overridable: boolean;
}

/** What a question can't mend: everything but a reason, which is asked for. */
const ASKED = new Set(["REASON_REQUIRED"]);

export function isOpen({ missing, overridable }: Way): boolean {
  return missing.length === 0 || overridable;
}

/** Whether a person has to say something before the move. */
export function asks({ needsReason, missing, kind }: Way): boolean {
  return needsReason || missing.length > 0 || kind === "WON" || kind === "LOST";
}

/** Where a card may go, in the playbook's order; not to where it is. */
export async function waysOf(client: Client, id: string): Promise<Way[]> {
  const { data } = await client.query(BoardMoves, { id }, { requestPolicy: "network-only" });
  const transitions = data?.opportunity?.allowedTransitions ?? [];
  return transitions
    .filter(({ blockers }) => !blockers.some(({ code }) => code === "SAME_STAGE"))
    .map(({ stage, kind, blockers, requiresReason, overridable }) => ({
      stage: stage.key,
      name: stage.name,
      kind,
      missing: blockers.filter(({ code }) => !ASKED.has(code)).map(({ message }) => message),
      needsReason: requiresReason,
      overridable,
    }));
}

export interface Said {
  reason?: string;
  closeReasonKey?: string;
  override?: boolean;
}

export type Outcome =
  | { kind: "moved"; card: Card }
  | { kind: "conflict"; card: Card }
  | { kind: "refused"; messages: readonly string[]; requestId?: string };

export async function move(client: Client, card: Card, stage: string, said: Said): Promise<Outcome> {
  const input = {
    opportunityId: card.id,
    toStageKey: stage,
    expectedVersion: card.version,
    clientMutationId: crypto.randomUUID(),
    ...said,
  };
  const { data, error } = await client.mutation(MoveOnBoard, { input });
  if (!data) {
    const failure = error ? failureOf(error) : undefined;
    return {
      kind: "refused",
      messages: failure?.message ? [failure.message] : [],
      ...(failure?.requestId && { requestId: failure.requestId }),
    };
  }
  const { opportunity, userErrors, blockers } = data.advanceStage;
  if (opportunity && userErrors.length === 0) return { kind: "moved", card: opportunity };
  if (opportunity && userErrors.some(({ code }) => code === "CONFLICT")) return { kind: "conflict", card: opportunity };
  const messages = blockers.length ? blockers.map((one) => one.message) : userErrors.map((one) => one.message);
  return { kind: "refused", messages };
}
