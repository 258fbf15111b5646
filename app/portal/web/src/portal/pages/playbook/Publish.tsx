import { PublishDraft } from "@operations/playbooks.graphql";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "urql";
import type { PublishDraftMutation } from "@/generated/operations";
import { type Failure, failureOf } from "../../client/failures";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Problem, Skeleton } from "../../ui/states";
import type { Doc } from "./model";

type Outcome = PublishDraftMutation["publishPlaybook"];

interface Given {
  playbookId: string;
  version: number;
  updatedAt: string;
  doc: Doc;
  close: () => void;
  published: (outcome: Outcome) => void;
}

/** What publishing would do to open deals, by a dry run, before anything happens. */
export function Publish({ playbookId, version, updatedAt, doc, close, published }: Given) {
  const say = useText();
  const client = useClient();
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const [outcome, setOutcome] = useState<Outcome>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const ask = useCallback(
    async (dryRun: boolean) => {
      setBusy(true);
      setFailure(undefined);
      const stageMapping = Object.entries(mapping).map(([from, to]) => ({ from, to }));
      const input = {
        playbookId,
        dryRun,
        stageMapping,
        expectedUpdatedAt: updatedAt,
        ...(!dryRun && { clientMutationId: crypto.randomUUID() }),
      };
      const { data, error } = await client.mutation(PublishDraft, { input }).toPromise();
      setBusy(false);
      if (!data) {
        setFailure(error ? failureOf(error) : { kind: "ours" });
        return;
      }
      setOutcome(data.publishPlaybook);
      if (!dryRun && !data.publishPlaybook.userErrors.length) published(data.publishPlaybook);
    },
    [client, playbookId, updatedAt, mapping, published],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when it would come out otherwise
  useEffect(() => void ask(true), [mapping, updatedAt]);
  const errors = outcome?.userErrors ?? [];
  return (
    <Dialog title={say("playbook.publish.title", { version })} close={close}>
      {failure && <Problem failure={failure} retry={() => void ask(true)} />}
      {!outcome && !failure && <Skeleton lines={5} />}
      {errors.length > 0 && (
        <div className="note" role="alert">
          <p>{say("playbook.publish.refused")}</p>
          <ul className="publish-errors">
            {errors.map(({ message }) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </div>
      )}
      {outcome && !errors.length && (
        <>
          <p>
            {say("playbook.publish.moves", { count: outcome.movedCount ?? 0 })}{" "}
            {(outcome.unplacedCount ?? 0) > 0 && say("playbook.publish.stays", { count: outcome.unplacedCount ?? 0 })}
          </p>
          <Placements outcome={outcome} doc={doc} mapping={mapping} map={setMapping} />
          <Lapses outcome={outcome} />
        </>
      )}
      <footer>
        <button type="button" className="button" onClick={close}>
          {say("board.cancel")}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy || !outcome || errors.length > 0}
          onClick={() => void ask(false)}
        >
          {say("playbook.publish.confirm", { version })}
        </button>
      </footer>
    </Dialog>
  );
}

interface PlacementsGiven {
  outcome: Outcome;
  doc: Doc;
  mapping: Record<string, string>;
  map: (mapping: Record<string, string>) => void;
}

/** From stage to stage, with a choice for those that lead nowhere by themselves. */
function Placements({ outcome, doc, mapping, map }: PlacementsGiven) {
  const say = useText();
  if (!outcome.placements.length) return null;
  const targets = doc.stages.filter(({ kind }) => kind === "OPEN");
  return (
    <ul className="placements">
      {outcome.placements.map((one) => {
        const isAsked = one.reason !== null || one.basis === "MAPPING";
        return (
          <li key={`${one.fromVersion} ${one.fromStageKey}`} data-stays={one.reason !== null || undefined}>
            <span className="placement-from">
              {one.fromStage.name}{" "}
              <span className="quiet">
                {say("playbook.publish.deals", { count: one.count, version: one.fromVersion })}
              </span>
            </span>
            <Icon name="arrow" size={14} />
            {isAsked ? (
              <span className="placement-to">
                <Choice
                  bare
                  label={say("playbook.publish.to", { name: one.fromStage.name })}
                  options={[
                    { id: "", label: say("playbook.publish.stay") },
                    ...targets.map(({ key, name }) => ({ id: key, label: name })),
                  ]}
                  value={mapping[one.fromStageKey] ?? ""}
                  choose={(key) => {
                    const { [one.fromStageKey]: _, ...rest } = mapping;
                    map(key ? { ...rest, [one.fromStageKey]: key } : rest);
                  }}
                />
                {one.reason && <span className="quiet">{say(`playbook.unplaced.${one.reason}`)}</span>}
              </span>
            ) : (
              <span className="placement-to">
                {one.toStage?.name}{" "}
                {one.basis && one.basis !== "KEY" && (
                  <span className="quiet">{say(`playbook.basis.${one.basis}`)}</span>
                )}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What people have confirmed and will have to confirm again. */
function Lapses({ outcome }: { outcome: Outcome }) {
  const say = useText();
  if (!outcome.lapsedCriteria.length) return null;
  return (
    <section className="lapses">
      <h3>{say("playbook.lapses")}</h3>
      <ul>
        {outcome.lapsedCriteria.map((one) => (
          <li key={`${one.fromVersion} ${one.stageKey} ${one.criterionKey}`}>
            <span>{one.description}</span>{" "}
            <span className="quiet">
              {say("playbook.publish.deals", { count: one.count, version: one.fromVersion })} ·{" "}
              {say(`playbook.lapse.${one.reason}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
