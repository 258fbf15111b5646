import { AutomationProblems } from "@operations/automations.graphql";
import { useEffect, useMemo, useState } from "react";
import { useClient } from "urql";
import { type Draft, inputOf } from "./draft";
import { ofWhatIsThere, type Wrong } from "./problems";

const PAUSE = 400;

/** What the API finds wrong with a definition, asked whenever its writer pauses. */
export function useCheck(draft: Draft): { found: readonly Wrong[]; isChecking: boolean } {
  const client = useClient();
  const written = JSON.stringify(inputOf(draft));
  const [answer, setAnswer] = useState<{ to: string; found: readonly Wrong[] }>({ to: "", found: [] });
  useEffect(() => {
    let isWanted = true;
    const automation = JSON.parse(written);
    const timer = setTimeout(() => {
      void client
        .query(AutomationProblems, { automation }, { requestPolicy: "network-only" })
        .toPromise()
        .then(({ data }) => {
          // Offline, and where the server is busy, saving says what is wrong.
          if (isWanted && data?.checkAutomation) setAnswer({ to: written, found: data.checkAutomation });
        });
    }, PAUSE);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [client, written]);
  const { to, found } = answer;
  const shown = useMemo(() => ofWhatIsThere(found, JSON.parse(written)), [found, written]);
  return { found: shown, isChecking: to !== written };
}
