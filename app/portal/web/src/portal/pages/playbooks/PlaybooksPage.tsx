import { PlaybookShelf } from "@operations/playbooks.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import type { PlaybookShelfQuery } from "@/generated/operations";
import "./playbooks.css";
import { useFormats, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useMay } from "../../shell/viewer";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { NewPlaybook } from "./NewPlaybook";
import { readShelf, type Shelf } from "./shelf";

type Version = PlaybookShelfQuery["playbooks"]["nodes"][number];

/** Playbooks, each with the version in force and the draft of the next one. */
export default function PlaybooksPage() {
  const say = useText();
  const navigate = useNavigate();
  const mayEdit = useMay("MANAGE_PLAYBOOKS");
  const { archived }: Shelf = readShelf(useSearch({ strict: false }));
  const [isNew, setNew] = useState(false);
  const status = [
    ...(mayEdit ? (["DRAFT"] as const) : []),
    "PUBLISHED" as const,
    ...(archived ? (["ARCHIVED"] as const) : []),
  ];
  const [result, again] = useQuery({ query: PlaybookShelf, variables: { filter: { status } } });
  useTitle(say("nav.playbooks"));
  return (
    <div className="page playbooks-page">
      <header className="page-head">
        <h1>{say("nav.playbooks")}</h1>
        <div className="page-tools">
          <label className="toggle">
            <input
              type="checkbox"
              checked={archived ?? false}
              onChange={(event) =>
                void navigate({
                  to: "/playbooks",
                  search: (event.target.checked ? { archived: true } : {}) as never,
                  replace: true,
                })
              }
            />
            {say("playbooks.archived")}
          </label>
          {mayEdit && (
            <button type="button" className="button primary" onClick={() => setNew(true)}>
              {say("playbooks.new")}
            </button>
          )}
        </div>
      </header>
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="panel part-waiting">
            <Skeleton lines={6} />
          </div>
        }
      >
        {({ playbooks: { nodes } }) =>
          nodes.length ? (
            <ul className="shelf">
              {byKey(nodes).map((versions) => (
                <Playbook key={versions[0]?.key} versions={versions} />
              ))}
            </ul>
          ) : (
            <Empty icon="book" title={say(mayEdit ? "playbooks.none" : "playbooks.none.reader")} />
          )
        }
      </Ready>
      {isNew && <NewPlaybook close={() => setNew(false)} />}
    </div>
  );
}

function byKey(versions: readonly Version[]): Version[][] {
  const found = new Map<string, Version[]>();
  for (const one of versions) found.set(one.key, [...(found.get(one.key) ?? []), one]);
  return [...found.values()];
}

const TONES = { PUBLISHED: "badge good", DRAFT: "badge accent", ARCHIVED: "badge" } as const;

function Playbook({ versions }: { versions: readonly Version[] }) {
  const say = useText();
  const formats = useFormats();
  const shown = versions.find(({ status }) => status === "PUBLISHED") ?? versions[0];
  if (!shown) return null;
  const open = shown.stages.filter(({ kind }) => kind === "OPEN");
  return (
    <li className="panel playbook-card">
      <h2>
        <Link to={`/playbooks/${shown.id}`}>{shown.name}</Link>
      </h2>
      {shown.description && <p className="quiet clamped">{shown.description}</p>}
      <ol className="stage-names" aria-label={say("playbook.stages")}>
        {open.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ol>
      <ul className="version-lines">
        {versions.map((version) => (
          <li key={version.id}>
            <Link to={`/playbooks/${version.id}`}>{say("playbook.version", { version: version.version })}</Link>
            <span className={TONES[version.status]}>{say(`playbook.status.${version.status}`)}</span>
            <span className="quiet">
              {version.status === "DRAFT"
                ? say("playbooks.changed", { when: formats.ago(version.updatedAt) })
                : say("playbooks.deals", { count: version.opportunities.totalCount })}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}
