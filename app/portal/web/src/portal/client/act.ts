import { useCallback, useState } from "react";
import { type AnyVariables, useClient } from "urql";
import { useText } from "../messages/context";
import { toast } from "../ui/toasts";
import { failureOf } from "./failures";
import type { Trusted } from "./trusted";

interface Answer {
  userErrors: readonly { code: string; message: string; path: readonly string[] }[];
}

/**
 * A mutation as people press it: `act` gives its data, or undefined after a note on what is in the way.
 * `busy` holds from the press to the answer.
 */
export function useAct<Data, Variables extends AnyVariables>(document: Trusted<Data, Variables>) {
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
        toast(wrong.map((one) => one.message).join(" "), "bad");
        return undefined;
      }
      return data;
    },
    [client, document, say],
  );
  return { act, busy };
}
