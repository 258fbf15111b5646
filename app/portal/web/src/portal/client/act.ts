import { useCallback, useState } from "react";
import { type AnyVariables, useClient } from "urql";
import { useText } from "../messages/context";
import { toast } from "../ui/toasts";
import { failureOf } from "./failures";
import type { Trusted } from "./trusted";

/** What is wrong with the input of a mutation. */
export interface Fault {
  code: string;
  message: string;
  path: readonly string[];
}

interface Answer {
  userErrors: readonly Fault[];
}

/**
 * A mutation as people press it: `act` gives its data, or undefined after a note on what is in the way.
 * `busy` holds from the press to the answer. A form that shows faults beside its fields takes them by `told`.
 */
export function useAct<Data, Variables extends AnyVariables>(
  document: Trusted<Data, Variables>,
  told?: (faults: readonly Fault[]) => void,
) {
  const client = useClient();
  const say = useText();
  const [busy, setBusy] = useState(false);
  const act = useCallback(
    async (variables: Variables): Promise<Data | undefined> => {
      setBusy(true);
      const { data, error } = await client.mutation(document, variables).toPromise();
      setBusy(false);
      if (!data) {
        const failure = error ? failureOf(error) : { kind: "ours" as const };
        const { message, requestId } = { message: undefined, requestId: undefined, ...failure };
        const what = message && failure.kind !== "ours" ? message : say(`problem.${failure.kind}`);
        toast(requestId ? `${what} ${say("problem.request")} ${requestId}` : what, "bad");
        return undefined;
      }
      const answers = Object.values(data as object).filter((one): one is Answer => Boolean(one?.userErrors));
      const wrong = answers.flatMap(({ userErrors }) => userErrors);
      if (wrong.length) {
        if (told) told(wrong);
        else toast(wrong.map((one) => one.message).join(" "), "bad");
        return undefined;
      }
      return data;
    },
    [client, document, say, told],
  );
  return { act, busy };
}
