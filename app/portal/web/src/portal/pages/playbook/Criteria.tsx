import { useText } from "../../messages/context";
import { Switch } from "../../ui/Switch";
import { Expression } from "./Expression";
import { Add, Check, Select, Text } from "./fields";
import { addedCriterion, type Criterion, moved, withoutPart, withPart } from "./model";
import { confirmers, readers } from "./names";
import { PartCard } from "./PartCard";
import type { StageGiven } from "./StageForm";
import { retold } from "./translated";

interface Given extends StageGiven {
  list: "entryCriteria" | "exitCriteria";
}

/** What must be so for a deal to enter or leave the stage. */
export function Criteria({ stage, list, change, faults, known, language }: Given) {
  const say = useText();
  const criteria = stage[list];
  return (
    <section className="panel edit-part" data-field={list} aria-label={say(`playbook.${list}`)}>
      <header>
        <h2>{say(`playbook.${list}`)}</h2>
        <span className="badge">{criteria.length}</span>
      </header>
      {criteria.length > 0 && (
        <ul className="part-list">
          {criteria.map((criterion, place) => {
            const own = faults.filter(({ part }) => part === criterion.key);
            return (
              <PartCard
                key={criterion.key}
                name={criterion.description}
                partKey={criterion.key}
                place={place}
                count={criteria.length}
                isFaulty={own.length > 0}
                move={(step) =>
                  change("", (before) => ({
                    ...before,
                    [list]: moved(before[list], ({ key }) => key === criterion.key, step),
                  }))
                }
                remove={() => change("", (before) => withoutPart(before, list, criterion.key))}
              >
                <CriterionForm
                  criterion={criterion}
                  faultOf={(field) => own.find((fault) => fault.field === field)?.message}
                  others={own.filter(({ field }) => !FIELDS.has(field ?? "")).map(({ message }) => message)}
                  known={known}
                  change={(label, next) =>
                    change(label && `${criterion.key} ${label}`, (before) =>
                      withPart<Criterion>(before, list, criterion.key, next),
                    )
                  }
                  language={language}
                />
              </PartCard>
            );
          })}
        </ul>
      )}
      <Add
        label={say(`playbook.new.${list}`)}
        button={say("playbook.add")}
        add={(text) => change("", (before) => addedCriterion(before, list, text))}
      />
    </section>
  );
}

const FIELDS = new Set(["description", "expression", "customerWording"]);
const LOCKABLE = [
  "account",
  "amount",
  "expectedCloseDate",
  "name",
  "nextStep",
  "notes",
  "owner",
  "partner",
  "qualification",
  "source",
] as const;

interface FormGiven extends Pick<StageGiven, "known" | "language"> {
  criterion: Criterion;
  faultOf: (field: string) => string | undefined;
  others: readonly string[];
  change: (label: string, next: (criterion: Criterion) => Criterion) => void;
}

function CriterionForm({ criterion, faultOf, others, known, language, change }: FormGiven) {
  const say = useText();
  const isComputed = criterion.expression !== null;
  return (
    <>
      <Text
        label={say("playbook.condition")}
        isLong
        value={criterion.description}
        fault={faultOf("description")}
        change={(text) => change("description", (before) => retold(before, "description", text, language))}
      />
      {others.map((message) => (
        <p key={message} className="fault" role="alert">
          {message}
        </p>
      ))}
      <div className="part-row">
        <Switch
          label={say("playbook.check")}
          value={isComputed ? "EXPRESSION" : "MANUAL"}
          options={(["MANUAL", "EXPRESSION"] as const).map((id) => ({ id, label: say(`playbook.check.${id}`) }))}
          choose={(check) =>
            change("", (before) => ({
              ...before,
              expression: check === "EXPRESSION" ? "deal.amount != null" : null,
            }))
          }
        />
        <Check
          label={say("playbook.required")}
          value={criterion.required}
          change={(required) => change("", (before) => ({ ...before, required }))}
        />
      </div>
      {isComputed && (
        <Expression
          value={criterion.expression ?? ""}
          known={known}
          fault={criterion.expression?.trim() ? faultOf("expression") : faultOf("expression") && say("playbook.needed")}
          change={(expression) => change("expression", (before) => ({ ...before, expression }))}
        />
      )}
      <details className="part-more-fields" open={faultOf("customerWording") ? true : undefined}>
        <summary>{say("playbook.more")}</summary>
        <div className="edit-fields">
          {!isComputed && (
            <Select
              label={say("playbook.confirmer")}
              options={confirmers(say)}
              value={criterion.confirmedBy}
              change={(confirmedBy) => change("", (before) => ({ ...before, confirmedBy }))}
            />
          )}
          <Select
            label={say("playbook.reader.criterion")}
            options={readers(say)}
            value={criterion.reader}
            change={(reader) => change("", (before) => ({ ...before, reader }))}
          />
          {(criterion.reader === "CUSTOMER" || criterion.customerWording) && (
            <Text
              label={say("playbook.wording")}
              name="customerWording"
              isLong
              maxLength={1_000}
              value={criterion.customerWording}
              fault={faultOf("customerWording")}
              hint={say("playbook.wording.hint")}
              change={(text) => change("wording", (before) => retold(before, "customerWording", text, language))}
            />
          )}
          {!isComputed && (
            <fieldset className="long locks">
              <legend>{say("playbook.locks")}</legend>
              {LOCKABLE.map((field) => (
                <Check
                  key={field}
                  label={say(`field.${field}`)}
                  value={criterion.locks.includes(field)}
                  change={(isLocked) =>
                    change("", (before) => ({
                      ...before,
                      locks: LOCKABLE.filter((one) => (one === field ? isLocked : before.locks.includes(one))),
                    }))
                  }
                />
              ))}
            </fieldset>
          )}
        </div>
      </details>
    </>
  );
}
