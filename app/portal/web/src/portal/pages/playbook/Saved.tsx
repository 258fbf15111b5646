import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import type { Draft } from "./useDraft";

/** Whether what is shown is on the server, and what is in the way. */
export function Saved({ draft: { phase, faults, failure, save } }: { draft: Draft }) {
  const say = useText();
  const isBad = phase === "held" || phase === "refused" || phase === "failed" || phase === "conflict";
  return (
    <span className="saved" data-bad={isBad || undefined} data-phase={phase}>
      <span role="status">
        {isBad && <Icon name="alert" size={14} />}
        {phase === "saved" && <Icon name="check" size={14} />}{" "}
        {phase === "failed"
          ? say(failure?.kind === "offline" ? "playbook.saved.offline" : "playbook.saved.failed")
          : say(`playbook.saved.${phase}`, { count: faults.length })}
        {phase === "failed" && failure?.requestId && ` ${say("problem.request")} ${failure.requestId}`}
      </span>
      {phase === "failed" && (
        <button type="button" className="button small" onClick={() => void save()}>
          {say("problem.retry")}
        </button>
      )}
    </span>
  );
}
