import { useEffect, useRef } from "react";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import type { Deal } from "./DealPage";

/** The playbook's stages in order, and how far the deal has come. */
export function StagePath({ deal }: { deal: Deal }) {
  const say = useText();
  const { stages } = deal.playbook;
  const here = stages.findIndex(({ key }) => key === deal.stage.key);
  const shown = stages.filter(
    ({ kind, key }) => kind === "OPEN" || key === deal.stage.key || (kind === "WON" && deal.status === "OPEN"),
  );
  const path = useRef<HTMLOListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the deal is elsewhere
  useEffect(() => {
    const list = path.current;
    const step = list?.querySelector<HTMLElement>("[aria-current]");
    if (list && step) list.scrollLeft = step.offsetLeft - (list.clientWidth - step.clientWidth) / 2;
  }, [deal.stage.key]);
  return (
    <section aria-label={say("deal.path")}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where it is too wide */}
      <ol ref={path} className="path" tabIndex={0}>
        {shown.map((stage) => {
          const place = stages.indexOf(stage);
          const state = place === here ? "here" : place < here ? "past" : "ahead";
          return (
            <li
              key={stage.id}
              data-state={state}
              data-kind={stage.kind}
              aria-current={state === "here" ? "step" : undefined}
            >
              {state === "past" && <Icon name="check" size={14} />}
              <span>{stage.name}</span>
            </li>
          );
        })}
      </ol>
      <p className="stage-definition">{deal.stage.definition}</p>
    </section>
  );
}
