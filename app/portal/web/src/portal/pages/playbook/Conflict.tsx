import { useMemo } from "react";
import { useText } from "../../messages/context";
import { DifferenceList } from "./DifferenceList";
import { differences } from "./differences";
import { docOf } from "./model";
import type { Draft, Version } from "./useDraft";

interface Given {
  draft: Draft;
  theirs: Version;
  titleOf: (contentKey: string) => string;
}

/** Somebody else has saved the draft meanwhile: what keeping one's own would change in theirs, and the choice. */
export function Conflict({ draft, theirs, titleOf }: Given) {
  const say = useText();
  const { doc } = draft;
  const found = useMemo(() => differences(docOf(theirs), doc), [theirs, doc]);
  const stageName = (key: string) => [...doc.stages, ...theirs.stages].find((stage) => stage.key === key)?.name ?? key;
  return (
    <section className="panel conflict" role="alert" aria-label={say("playbook.conflict.title")}>
      <h2>{say("playbook.conflict.title")}</h2>
      <p>{say("playbook.conflict.about")}</p>
      <details>
        <summary>{say("playbook.conflict.differences", { count: found.length })}</summary>
        <DifferenceList found={found} stageName={stageName} titleOf={titleOf} />
      </details>
      <div className="conflict-ways">
        <button type="button" className="button" onClick={() => draft.settle("theirs")}>
          {say("playbook.conflict.theirs")}
        </button>
        <button type="button" className="button primary" onClick={() => draft.settle("mine")}>
          {say("playbook.conflict.mine")}
        </button>
      </div>
    </section>
  );
}
