import { AutomationPlaces } from "@operations/automations.graphql";
import { useQuery } from "urql";
import { useText } from "../../messages/context";
import { useMay, useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { LabelledChoice, LabelledText } from "../../ui/Labelled";
import { type Draft, emptyStep, keyOf, type StepDraft } from "./draft";
import type { Problems } from "./problems";
import { type Places, StepFields } from "./StepFields";
import { TriggerFields } from "./TriggerFields";

const MOST_STEPS = 20;

interface Given {
  draft: Draft;
  isNew: boolean;
  problems: Problems;
  change: (changes: Partial<Draft>) => void;
}

/** The form of a definition. */
export function Definition({ draft, isNew, problems, change }: Given) {
  const say = useText();
  const { playbooks } = useViewer();
  const places = usePlaces(draft.playbookKey);
  const { name, key, description, playbookKey, trigger, condition, steps } = draft;
  const isOwnKey = key !== keyOf(name);
  const setStep = (id: string, changes: Partial<StepDraft>) =>
    change({ steps: steps.map((one) => (one.id === id ? { ...one, ...changes } : one)) });
  const move = (place: number, by: number) => {
    const moved = [...steps];
    const [one] = moved.splice(place, 1);
    if (one) moved.splice(place + by, 0, one);
    change({ steps: moved });
  };
  return (
    <div className="definition">
      <section className="panel definition-part">
        <h2>{say("automation.what")}</h2>
        <div className="definition-grid">
          <div className="definition-broad">
            <LabelledText
              label={say("automation.name")}
              value={name}
              change={(next) => change({ name: next, ...(isNew && !isOwnKey && { key: keyOf(next) }) })}
              error={problems.at("name")}
              most={200}
              isRequired
            />
          </div>
          {isNew && (
            <LabelledText
              label={say("automation.key")}
              value={key}
              change={(next) => change({ key: next })}
              error={problems.at("key")}
              hint={say("automation.key.about")}
              most={80}
              isRequired
            />
          )}
          <LabelledChoice
            label={say("board.playbook")}
            options={[
              { id: "", label: say("automation.playbook.all") },
              ...playbooks.map((one) => ({ id: one.key, label: one.name })),
              ...(playbookKey && !playbooks.some((one) => one.key === playbookKey)
                ? [{ id: playbookKey, label: playbookKey }]
                : []),
            ]}
            value={playbookKey}
            choose={(next) => change({ playbookKey: next })}
            error={problems.at("playbookKey")}
          />
          <div className="definition-wide">
            <LabelledText
              label={say("automation.description")}
              value={description}
              change={(next) => change({ description: next })}
              error={problems.at("description")}
              lines={2}
              most={2_000}
            />
          </div>
        </div>
      </section>
      <section className="panel definition-part">
        <h2>{say("automation.trigger")}</h2>
        <TriggerFields trigger={trigger} problems={problems} change={(next) => change({ trigger: next })} />
        <LabelledText
          label={say("automation.condition")}
          value={condition}
          change={(next) => change({ condition: next })}
          error={problems.at("condition")}
          hint={<Hint />}
          lines={3}
          isCode
          name="condition"
        />
      </section>
      <section className="definition-steps">
        <h2>{say("automation.steps")}</h2>
        {problems.at("steps") && <p className="labelled-error">{problems.at("steps")}</p>}
        <ol>
          {steps.map((step, place) => (
            <StepFields
              key={step.id}
              step={step}
              place={place}
              count={steps.length}
              places={places}
              problems={problems}
              change={(changes) => setStep(step.id, changes)}
              move={(by) => move(place, by)}
              remove={() => change({ steps: steps.filter(({ id }) => id !== step.id) })}
            />
          ))}
        </ol>
        <p>
          <button
            type="button"
            className="button"
            disabled={steps.length >= MOST_STEPS}
            onClick={() => change({ steps: [...steps, emptyStep("NOTIFY")].map(inStepWithFormer) })}
          >
            <Icon name="plus" size={16} /> {say("automation.step.add")}
          </button>
        </p>
      </section>
    </div>
  );
}

/** A step that was just added waits as long as the one before it. */
function inStepWithFormer(step: StepDraft, place: number, all: readonly StepDraft[]): StepDraft {
  const former = all[place - 1];
  if (!former || place < all.length - 1) return step;
  return { ...step, delay: former.delay, unit: former.unit };
}

function Hint() {
  const say = useText();
  return (
    <>
      {say("automation.condition.about")} <code>{'deal.amount > 50000.0 && event.toStage == "negotiation"'}</code>
    </>
  );
}

/** Stages and criteria of the playbook, and the endpoints that a step can send to. */
function usePlaces(playbook: string): Places {
  const withEndpoints = useMay("MANAGE_WEBHOOKS");
  const [{ data }] = useQuery({
    query: AutomationPlaces,
    variables: { playbook, withPlaybook: playbook !== "", withEndpoints },
    pause: playbook === "" && !withEndpoints,
  });
  return {
    stages: (playbook && data?.playbook?.stages) || [],
    endpoints: withEndpoints ? (data?.webhookEndpoints?.nodes ?? []) : undefined,
  };
}
