import { useText } from "../../messages/context";
import { Add, Check, Figure, Select, Text } from "./fields";
import { type Activity, addedActivity, moved, type Stage, withoutPart, withPart } from "./model";
import { confirmers, readers } from "./names";
import { PartCard } from "./PartCard";
import type { StageGiven } from "./StageForm";
import { retold } from "./translated";

/** What there is to do in the stage, in the order in which it is proposed. */
export function Activities({ stage, change, faults, language }: StageGiven) {
  const say = useText();
  const { activities } = stage;
  return (
    <section className="panel edit-part" data-field="activities" aria-label={say("playbook.activities")}>
      <header>
        <h2>{say("playbook.activities")}</h2>
        <span className="badge">{activities.length}</span>
      </header>
      {activities.length > 0 && (
        <ul className="part-list">
          {activities.map((activity, place) => {
            const own = faults.filter(({ part }) => part === activity.key);
            return (
              <PartCard
                key={activity.key}
                name={activity.name}
                partKey={activity.key}
                place={place}
                count={activities.length}
                isFaulty={own.length > 0}
                move={(step) =>
                  change("", (before) => ({
                    ...before,
                    activities: moved(before.activities, ({ key }) => key === activity.key, step),
                  }))
                }
                remove={() => change("", (before) => withoutPart(before, "activities", activity.key))}
              >
                <ActivityForm
                  activity={activity}
                  stage={stage}
                  faultOf={(field) => own.find((fault) => fault.field === field)?.message}
                  others={own.filter(({ field }) => !FIELDS.has(field ?? "")).map(({ message }) => message)}
                  change={(label, next) =>
                    change(label && `${activity.key} ${label}`, (before) =>
                      withPart<Activity>(before, "activities", activity.key, next),
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
        label={say("playbook.activities.new")}
        button={say("playbook.add")}
        add={(text) => change("", (before) => addedActivity(before, text))}
      />
    </section>
  );
}

const FIELDS = new Set(["name", "description", "effortMinutes", "customerWording"]);

interface Given {
  activity: Activity;
  stage: Stage;
  faultOf: (field: string) => string | undefined;
  others: readonly string[];
  change: (label: string, next: (activity: Activity) => Activity) => void;
  language: string;
}

function ActivityForm({ activity, stage, faultOf, others, change, language }: Given) {
  const say = useText();
  return (
    <>
      <Text
        label={say("playbook.activity")}
        value={activity.name}
        fault={faultOf("name")}
        maxLength={200}
        change={(name) => change("name", (before) => retold(before, "name", name, language))}
      />
      {others.map((message) => (
        <p key={message} className="fault" role="alert">
          {message}
        </p>
      ))}
      <Text
        label={say("playbook.instructions")}
        isLong
        value={activity.description}
        fault={faultOf("description")}
        change={(text) => change("description", (before) => retold(before, "description", text, language))}
      />
      <details className="part-more-fields" open={faultOf("customerWording") ? true : undefined}>
        <summary>{say("playbook.more")}</summary>
        <div className="edit-fields">
          <Figure
            label={say("playbook.effort")}
            unit={say("playbook.minutes")}
            least={1}
            most={100_000}
            isOptional
            value={activity.effortMinutes}
            fault={faultOf("effortMinutes")}
            change={(minutes) =>
              change("effort", (before) => ({
                ...before,
                effortMinutes: minutes === null ? null : Math.round(minutes),
              }))
            }
          />
          <Check
            label={say("playbook.required.activity")}
            value={activity.required}
            change={(required) => change("", (before) => ({ ...before, required }))}
          />
          <Select
            label={say("playbook.confirmer")}
            options={confirmers(say)}
            value={activity.confirmedBy}
            change={(confirmedBy) => change("", (before) => ({ ...before, confirmedBy }))}
          />
          <Select
            label={say("playbook.reader.activity")}
            options={readers(say)}
            value={activity.reader}
            change={(reader) => change("", (before) => ({ ...before, reader }))}
          />
          {(activity.reader === "CUSTOMER" || activity.customerWording) && (
            <Text
              label={say("playbook.wording")}
              name="customerWording"
              isLong
              maxLength={1_000}
              value={activity.customerWording}
              fault={faultOf("customerWording")}
              hint={say("playbook.wording.hint")}
              change={(text) => change("wording", (before) => retold(before, "customerWording", text, language))}
            />
          )}
          {stage.exitCriteria.length > 0 && (
            <fieldset className="long locks">
              <legend>{say("playbook.serves")}</legend>
              {stage.exitCriteria.map(({ key, description }) => (
                <Check
                  key={key}
                  label={description}
                  value={activity.serves.includes(key)}
                  change={(isServed) =>
                    change("", (before) => ({
                      ...before,
                      serves: isServed ? [...before.serves, key] : before.serves.filter((one) => one !== key),
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
