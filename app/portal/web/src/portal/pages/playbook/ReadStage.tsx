import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { CriterionPartsFragment } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import type { Piece } from "./Contents";
import type { Version } from "./useDraft";

type Stage = Version["stages"][number];

/** A stage as it reads. */
export function ReadStage({ stage, library }: { stage: Stage; library: readonly Piece[] }) {
  const say = useText();
  const formats = useFormats();
  const isOpen = stage.kind === "OPEN";
  const facts: [string, string | false | null][] = [
    [say("playbook.phase"), stage.buyerPhase && say(`playbook.phase.${stage.buyerPhase}`)],
    [say("playbook.probability"), isOpen && formats.percent(stage.winProbability)],
    [say("playbook.target"), stage.targetDays !== null && say("board.days", { count: stage.targetDays })],
    [say("playbook.category"), say(`category.${stage.forecastCategory}` as never)],
  ];
  const pieces = new Map(stage.contents.nodes.map((piece) => [piece.key, piece]));
  const known = new Map(library.map((piece) => [piece.key, piece]));
  return (
    <>
      <section className="panel edit-part" aria-label={stage.name}>
        <header>
          <h2>{stage.name}</h2>
        </header>
        {stage.definition && <p className="read-text">{stage.definition}</p>}
        <dl className="read-facts">
          {facts.map(
            ([label, value]) =>
              value && (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </section>
      <Criteria title={say("playbook.entryCriteria")} criteria={stage.entryCriteria} />
      <Criteria title={say("playbook.exitCriteria")} criteria={stage.exitCriteria} />
      {stage.activities.length > 0 && (
        <Part title={say("playbook.activities")}>
          {stage.activities.map((activity) => (
            <li key={activity.id}>
              <p className="read-title">{activity.name}</p>
              {activity.description && <p className="quiet read-text">{activity.description}</p>}
              <Notes
                notes={[
                  activity.required && say("playbook.required.activity"),
                  activity.effortMinutes !== null && say("deal.minutes", { count: activity.effortMinutes }),
                  activity.confirmedBy !== "ANYONE_ON_DEAL" && say(`confirmed.${activity.confirmedBy}`),
                ]}
              />
            </li>
          ))}
        </Part>
      )}
      {pieces.size > 0 && (
        <Part title={say("playbook.contents")}>
          {[...pieces.values()].map(({ id, key, title, kind }) => (
            <li key={id}>
              <Link to={`/content/${known.get(key)?.id ?? id}`}>{known.get(key)?.title ?? title}</Link>{" "}
              <span className="badge">{say(`content.kind.${kind}`)}</span>
            </li>
          ))}
        </Part>
      )}
    </>
  );
}

function Criteria({ title, criteria }: { title: string; criteria: readonly CriterionPartsFragment[] }) {
  const say = useText();
  if (!criteria.length) return null;
  return (
    <Part title={title}>
      {criteria.map((criterion) => (
        <li key={criterion.id}>
          <p className="read-title">{criterion.description}</p>
          {criterion.expression && (
            <p className="read-expression">
              <Icon name="spark" size={14} /> <code>{criterion.expression}</code>
            </p>
          )}
          <Notes
            notes={[
              !criterion.required && say("deal.optional"),
              criterion.confirmedBy !== "ANYONE_ON_DEAL" && say(`confirmed.${criterion.confirmedBy}`),
            ]}
          />
        </li>
      ))}
    </Part>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel edit-part" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <ul className="read-list">{children}</ul>
    </section>
  );
}

function Notes({ notes }: { notes: readonly (string | false)[] }) {
  const said = notes.filter(Boolean);
  return said.length ? <p className="quiet">{said.join(" · ")}</p> : null;
}
