import type { ContentStagesQuery } from "@/generated/operations";
import { useText } from "../../messages/context";
import { Check } from "../playbook/fields";

interface Given {
  playbooks: ContentStagesQuery["playbooks"]["nodes"];
  /** `PLAYBOOK/STAGE` by keys. */
  chosen: readonly string[];
  choose: (links: string[]) => void;
}

/** The stages that a piece is linked to, by playbook. */
export function Stages({ playbooks, chosen, choose }: Given) {
  const say = useText();
  return playbooks.map((playbook) => (
    <fieldset key={playbook.id} className="long locks">
      <legend>{say("content.stages.of", { name: playbook.name })}</legend>
      {playbook.stages
        .filter(({ kind }) => kind === "OPEN")
        .map((stage) => {
          const link = `${playbook.key}/${stage.key}`;
          return (
            <Check
              key={stage.id}
              label={stage.name}
              value={chosen.includes(link)}
              change={(isLinked) => choose(isLinked ? [...chosen, link] : chosen.filter((one) => one !== link))}
            />
          );
        })}
    </fieldset>
  ));
}
