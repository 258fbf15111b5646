import { SaveAutomation } from "@operations/automations.graphql";
import { useState } from "react";
import { useClient } from "urql";
import { failureOf } from "../../client/failures";
import { useText } from "../../messages/context";
import { toast } from "../../ui/toasts";
import { type Draft, inputOf, type Whole } from "./draft";
import type { Wrong } from "./problems";

export type Saved =
  | { kind: "saved"; automation: Whole; created: boolean }
  /** `theirs`: as it stands; null where it is gone. */
  | { kind: "conflict"; theirs: Whole | null }
  | { kind: "wrong"; found: readonly Wrong[] }
  | { kind: "failed" };

/** Saves a definition. `version`: the one that it is based on, 0 for a new one. */
export function useSaving() {
  const say = useText();
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const save = async (draft: Draft, version: number, enabled: boolean | null): Promise<Saved> => {
    setBusy(true);
    const input = {
      automation: inputOf(draft),
      expectedVersion: version,
      clientMutationId: crypto.randomUUID(),
      ...(enabled !== null && { enabled }),
    };
    const { data, error } = await client.mutation(SaveAutomation, { input }).toPromise();
    setBusy(false);
    if (!data) {
      const { kind, requestId } = { requestId: undefined, ...(error ? failureOf(error) : { kind: "ours" as const }) };
      const what = say(`problem.${kind}`);
      toast(requestId ? `${what} ${say("problem.request")} ${requestId}` : what, "bad");
      return { kind: "failed" };
    }
    const { automation, created, userErrors } = data.upsertAutomation;
    if (userErrors.some(({ code }) => code === "CONFLICT")) return { kind: "conflict", theirs: automation };
    if (userErrors.length) return { kind: "wrong", found: userErrors };
    return automation ? { kind: "saved", automation, created } : { kind: "failed" };
  };
  return { save, busy };
}
