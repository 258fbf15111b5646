import { useText } from "../../messages/context";
import type { Whole } from "./draft";

interface Given {
  stored: Whole | undefined;
  isChanged: boolean;
  isChecking: boolean;
  /** Of problems that are known. */
  count: number;
  busy: boolean;
  save: (enabled: boolean | null) => void;
  undo: () => void;
}

/** At the lower edge of the form: what the API says of it, and the ways to save it. */
export function SaveBar({ stored, isChanged, isChecking, count, busy, save, undo }: Given) {
  const say = useText();
  const state = isChecking
    ? say("automation.checking")
    : count > 0
      ? say("automation.problems", { count })
      : stored && !isChanged
        ? say("automation.unchanged")
        : say("automation.fine");
  return (
    <div className="save-bar">
      <p className="save-state" role="status" data-bad={(count > 0 && !isChecking) || undefined}>
        {state}
      </p>
      {isChanged && (
        <button type="button" className="button" onClick={undo}>
          {say("automation.undo")}
        </button>
      )}
      {stored ? (
        <button type="button" className="button primary" disabled={busy || !isChanged} onClick={() => save(null)}>
          {say("automation.save", { version: stored.version + 1 })}
        </button>
      ) : (
        <>
          <button type="button" className="button" disabled={busy} onClick={() => save(false)}>
            {say("automation.save.off")}
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => save(true)}>
            {say("automation.save.on")}
          </button>
        </>
      )}
    </div>
  );
}
