import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Add } from "./fields";
import { addedStage, type Doc, mayMove, movedStage, type Stage } from "./model";
import type { Fault } from "./saving";

interface Given {
  doc: Doc;
  /** The key of the stage that is open; none: the playbook itself. */
  chosen: string | undefined;
  choose: (key: string | undefined) => void;
  /** Without it, the list is for reading. */
  change?: (label: string, next: (doc: Doc) => Doc) => void;
  faults?: readonly Fault[];
  findings?: ReadonlyMap<string | undefined, number>;
  /** Without the playbook itself, whose words stand above. */
  isReading?: boolean;
}

/** Where the list stands above what it chooses from. */
const NARROW = matchMedia("(max-width: 52rem)");

function lookAtForm(from: Element): void {
  from.closest(".editor-columns")?.querySelector(".editor-main")?.scrollIntoView({ block: "start" });
}

/** The stages in order, to choose one, to put it elsewhere, to add another. */
export function StageList({ doc, chosen, choose, change, faults = [], findings, isReading }: Given) {
  const say = useText();
  const list = useRef<HTMLUListElement>(null);
  const [told, setTold] = useState("");
  const [focused, setFocused] = useState<string>();
  useEffect(() => {
    if (!focused) return;
    list.current?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(focused)}"] .stage-name`)?.focus();
    setFocused(undefined);
  }, [focused]);
  const move = ({ key, name }: Stage, step: number) => {
    if (!change || !mayMove(doc, key, step)) return;
    change("", (before) => movedStage(before, key, step));
    setTold(say("playbook.stage.moved", { name, place: doc.stages.findIndex((one) => one.key === key) + step + 1 }));
    setFocused(key);
  };
  const onKeyDown = (event: KeyboardEvent, stage: Stage, place: number) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (event.altKey) {
      move(stage, step);
      return;
    }
    const next = doc.stages[place + step];
    if (next) setFocused(next.key);
  };
  return (
    <nav className="panel stage-list" aria-label={say("playbook.stages")}>
      {!isReading && (
        <button
          type="button"
          className="stage-name head"
          aria-current={!chosen || undefined}
          onClick={() => choose(undefined)}
        >
          <Icon name="document" size={16} />
          <span>{say("playbook.itself")}</span>
          <Marks faults={faults.filter(({ stage }) => !stage).length} findings={findings?.get(undefined) ?? 0} />
        </button>
      )}
      <ul ref={list}>
        {doc.stages.map((stage, place) => (
          <li key={stage.key} data-stage={stage.key} data-kind={stage.kind}>
            <button
              type="button"
              className="stage-name"
              aria-current={stage.key === chosen || undefined}
              aria-keyshortcuts={change && "Alt+ArrowUp Alt+ArrowDown"}
              onClick={(event) => {
                choose(stage.key);
                if (NARROW.matches) requestAnimationFrame(() => lookAtForm(event.target as Element));
              }}
              onKeyDown={(event) => onKeyDown(event, stage, place)}
            >
              <span className="stage-place" aria-hidden="true">
                {stage.kind === "OPEN" ? place + 1 : <Icon name={stage.kind === "WON" ? "check" : "close"} size={14} />}
              </span>
              <span>{stage.name || stage.key}</span>
              <Marks
                faults={faults.filter((fault) => fault.stage === stage.key).length}
                findings={findings?.get(stage.key) ?? 0}
              />
            </button>
            {change && stage.key === chosen && stage.kind === "OPEN" && (
              <span className="stage-moves">
                {([-1, 1] as const).map((step) => (
                  <button
                    key={step}
                    type="button"
                    className="plain"
                    aria-label={say(step < 0 ? "playbook.stage.up" : "playbook.stage.down", { name: stage.name })}
                    disabled={!mayMove(doc, stage.key, step)}
                    onClick={() => move(stage, step)}
                  >
                    <Icon name={step < 0 ? "up" : "down"} size={16} />
                  </button>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
      {change && (
        <Add
          label={say("playbook.stage.new")}
          button={say("playbook.add")}
          add={(name) => {
            const { key } = addedStage(doc, name);
            change("", (before) => addedStage(before, name).doc);
            choose(key);
          }}
        />
      )}
      <span className="unseen" role="status">
        {told}
      </span>
    </nav>
  );
}

/** How many errors there are, or else how many findings. */
function Marks({ faults, findings }: { faults: number; findings: number }) {
  const say = useText();
  const count = faults || findings;
  if (!count) return null;
  return (
    <span className={faults ? "badge bad" : "badge warn"}>
      <span aria-hidden="true">{count}</span>
      <span className="unseen">{say(faults ? "playbook.faults" : "playbook.findings.count", { count })}</span>
    </span>
  );
}
