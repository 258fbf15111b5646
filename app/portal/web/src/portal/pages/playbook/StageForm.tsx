import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Activities } from "./Activities";
import { Contents, type Piece } from "./Contents";
import { Criteria } from "./Criteria";
import { Check, Figure, Select, Text } from "./fields";
import { type Doc, mayRemove, type Stage, withoutStage, withStage } from "./model";
import { categories, phases } from "./names";
import type { Fault } from "./saving";
import { retold } from "./translated";
import type { Known } from "./vocabulary";

export interface StageGiven {
  stage: Stage;
  /** `label` stays the same while one goes on typing in one place. */
  change: (label: string, next: (stage: Stage) => Stage) => void;
  faults: readonly Fault[];
  known: Known;
  language: string;
}

interface Given extends Omit<StageGiven, "change"> {
  doc: Doc;
  change: (label: string, next: (doc: Doc) => Doc) => void;
  library: readonly Piece[];
  removed: () => void;
}

/** All that a stage says, in the order in which somebody would tell it. */
export function StageForm({ doc, stage, change, faults, known, language, library, removed }: Given) {
  const say = useText();
  const { key } = stage;
  const edit: StageGiven["change"] = (label, next) =>
    change(label && `${key} ${label}`, (before) => withStage(before, key, next));
  const own = faults.filter((fault) => fault.stage === key);
  const faultOf = (field: string) => own.find((fault) => !fault.part && fault.field === field)?.message;
  const elsewhere = own.filter(({ part, field }) => !part && !SHOWN.has(field ?? ""));
  const isOpen = stage.kind === "OPEN";
  const given = { stage, change: edit, faults: own, known, language };
  return (
    <>
      <section className="panel edit-part" aria-label={stage.name}>
        {elsewhere.map(({ message }) => (
          <p key={message} className="fault" role="alert">
            {message}
          </p>
        ))}
        <div className="edit-fields">
          <Text
            label={say("playbook.name")}
            name="name"
            value={stage.name}
            fault={faultOf("name")}
            maxLength={200}
            change={(name) => edit("name", (before) => retold(before, "name", name, language))}
          />
          {isOpen && (
            <Select
              label={say("playbook.phase")}
              options={phases(say)}
              value={stage.buyerPhase ?? ""}
              change={(phase) => edit("", (before) => ({ ...before, buyerPhase: phase || null }))}
            />
          )}
          <Text
            label={say("playbook.definition")}
            name="definition"
            isLong
            value={stage.definition}
            fault={faultOf("definition")}
            hint={say("playbook.definition.hint")}
            change={(text) => edit("definition", (before) => retold(before, "definition", text, language))}
          />
          {isOpen && (
            <>
              <Figure
                label={say("playbook.probability")}
                name="winProbability"
                unit="%"
                most={100}
                value={Math.round(stage.winProbability * 10_000) / 100}
                fault={faultOf("winProbability")}
                change={(percent) =>
                  edit("winProbability", (before) => ({ ...before, winProbability: (percent ?? 0) / 100 }))
                }
              />
              <Figure
                label={say("playbook.target")}
                name="targetDays"
                unit={say("playbook.days")}
                most={3_650}
                least={1}
                isOptional
                value={stage.targetDays}
                fault={faultOf("targetDays")}
                change={(days) =>
                  edit("targetDays", (before) => ({ ...before, targetDays: days === null ? null : Math.round(days) }))
                }
              />
            </>
          )}
          <Select
            label={say("playbook.category")}
            options={categories(say)}
            value={stage.forecastCategory}
            change={(forecastCategory) => edit("", (before) => ({ ...before, forecastCategory }))}
          />
          <Text
            label={say("playbook.aliases")}
            name="aliases"
            isWide
            value={stage.aliases.join(", ")}
            fault={own.find((fault) => !fault.part && fault.field?.startsWith("aliases"))?.message}
            hint={say("playbook.aliases.hint")}
            change={(text) => edit("aliases", (before) => ({ ...before, aliases: namesOf(text) }))}
          />
          {isOpen && (
            <Check
              isWide
              label={say("playbook.advance")}
              value={stage.autoAdvance}
              change={(autoAdvance) => edit("", (before) => ({ ...before, autoAdvance }))}
            />
          )}
        </div>
      </section>
      <Criteria list="entryCriteria" {...given} />
      {isOpen && (
        <>
          <Criteria list="exitCriteria" {...given} />
          <Activities {...given} />
          <Contents stage={stage} change={edit} library={library} />
        </>
      )}
      {mayRemove(doc, stage) && (
        <p className="edit-end">
          <button
            type="button"
            className="button danger small"
            onClick={() => {
              removed();
              change("", (before) => withoutStage(before, key));
            }}
          >
            <Icon name="remove" size={14} /> {say("playbook.stage.remove")}
          </button>
        </p>
      )}
    </>
  );
}

const SHOWN = new Set(["name", "definition", "winProbability", "targetDays", "aliases"]);

/** Ends in a comma while somebody types the next one. */
function namesOf(text: string): string[] {
  const names = text.split(",").map((one) => one.trimStart());
  return names.filter((name, place) => name || (place === names.length - 1 && place > 0));
}
