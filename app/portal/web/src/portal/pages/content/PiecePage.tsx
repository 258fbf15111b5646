import { ContentPiece } from "@operations/content.graphql";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useQuery } from "urql";
import type { WholeContentFragment } from "@/generated/operations";
import "./content.css";
import { useFormats, useLocale, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useMay } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Archive } from "./Archive";
import { PieceForm } from "./PieceForm";

const Markdown = lazy(() => import("./Markdown"));

/** A piece of content; `new` is a form for one. */
export default function PiecePage() {
  const say = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const mayEdit = useMay("MANAGE_CONTENT");
  const isNew = id === "new";
  const [result, again] = useQuery({ query: ContentPiece, variables: { id }, pause: isNew });
  const found = result.data?.node;
  useTitle(isNew ? say("library.new") : found?.__typename === "Content" ? found.title : say("nav.content"));
  if (isNew && mayEdit) return <PieceForm key="new" />;
  return (
    <Ready result={isNew ? { data: { node: null } } : result} retry={() => again({ requestPolicy: "network-only" })}>
      {({ node }) =>
        node?.__typename === "Content" ? (
          <Piece key={node.id} content={node} mayEdit={mayEdit} />
        ) : (
          <div className="page">
            <Empty icon="search" title={say("problem.not-found")}>
              <Link to="/content" className="button">
                {say("content.all")}
              </Link>
            </Empty>
          </div>
        )
      }
    </Ready>
  );
}

function Piece({ content, mayEdit }: { content: WholeContentFragment; mayEdit: boolean }) {
  const say = useText();
  const [isEdited, setEdited] = useState(false);
  const [isArchived, setArchived] = useState(false);
  if (isEdited) return <PieceForm content={content} close={() => setEdited(false)} />;
  return (
    <div className="page content-page">
      <header className="page-head">
        <div>
          <p>
            <Link to="/content" className="button small back-link">
              <Icon name="arrow" size={14} /> {say("content.all")}
            </Link>
          </p>
          <h1>{content.title}</h1>
          {content.summary && <p className="quiet">{content.summary}</p>}
        </div>
        {mayEdit && (
          <div className="page-tools">
            <Archive content={content} isArchived={isArchived} archived={setArchived} />
            {!isArchived && (
              <button type="button" className="button primary" onClick={() => setEdited(true)}>
                <Icon name="edit" size={16} /> {say("content.edit")}
              </button>
            )}
          </div>
        )}
      </header>
      {isArchived && (
        <p className="note" role="status">
          {say("content.archived.note")}
        </p>
      )}
      <div className="content-columns">
        <article className="panel content-text">
          {content.url && (
            <p>
              <a className="button primary" href={content.url} rel="noopener noreferrer" target="_blank">
                <Icon name="link" size={16} /> {say("content.open", { host: hostOf(content.url) })}
              </a>
            </p>
          )}
          {content.body && (
            <Suspense fallback={<Skeleton lines={10} />}>
              <Markdown text={content.body} />
            </Suspense>
          )}
          {!content.url && !content.body && <p className="quiet">{say("content.nothing")}</p>}
        </article>
        <Facts content={content} />
      </div>
    </div>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

function Facts({ content }: { content: WholeContentFragment }) {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  // Of a stage in several versions, the one in force.
  const stages = ["PUBLISHED", "DRAFT"]
    .flatMap((status) => content.stages.filter(({ playbook }) => playbook.status === status))
    .filter(
      ({ key, playbook }, place, all) =>
        place === all.findIndex((one) => one.key === key && one.playbook.key === playbook.key),
    );
  const facts: [string, string][] = [
    [say("content.kind"), say(`content.kind.${content.kind}`)],
    [say("content.phase"), say(`content.phase.${content.lifecyclePhase}`)],
    [say("content.reader"), say(`content.reader.${content.reader}`)],
    [
      say("content.tier"),
      content.audience.map((tier) => say(`content.tier.${tier}`)).join(", ") || say("content.everybody"),
    ],
    [say("content.industries"), content.industries.join(", ") || say("content.everybody")],
    [
      say("content.language"),
      new Intl.DisplayNames([language], { type: "language" }).of(content.language) ?? content.language,
    ],
    [say("content.updated"), formats.time(content.updatedAt)],
  ];
  return (
    <aside className="panel content-facts" aria-label={say("content.facts")}>
      <dl>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {stages.length > 0 && (
          <div>
            <dt>{say("content.stages")}</dt>
            <dd>
              <ul>
                {stages.map((stage) => (
                  <li key={stage.id}>
                    <Link to={`/playbooks/${stage.playbook.id}`} search={{ stage: stage.key } as never}>
                      {stage.name}
                    </Link>{" "}
                    <span className="quiet">
                      {stage.playbook.name}
                      {stage.playbook.status === "DRAFT" && ` · ${say("playbook.status.DRAFT")}`}
                    </span>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
      </dl>
    </aside>
  );
}
