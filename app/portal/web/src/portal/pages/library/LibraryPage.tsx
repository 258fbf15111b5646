import { ContentLibrary, ContentStages, StageLibrary } from "@operations/content.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useClient, useQuery } from "urql";
import type { ContentRowFragment } from "@/generated/operations";
import "./library.css";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useLocale, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useMay } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { Empty, Problem, Skeleton } from "../../ui/states";
import { filterOf, isNarrowed, KINDS, PHASES, readShown, type Shown, TIERS } from "./shown";

const SIZE = 50;
/** Milliseconds without a key, after which a search is looked up. */
const TYPED = 250;
const LANGUAGES = ["en", "de", "es", "fr"];

/** Enablement content, by stage, phase and whatever else the address says. */
export default function LibraryPage() {
  const say = useText();
  const mayEdit = useMay("MANAGE_CONTENT");
  const shown: Shown = readShown(useSearch({ strict: false }));
  const { nodes, total, failure, hasMore, isLoading, more, reload } = useLibrary(shown);
  useTitle(say("nav.content"));
  return (
    <div className="page library-page">
      <header className="page-head">
        <div>
          <h1>{say("nav.content")}</h1>
          <p className="quiet" role="status">
            {total === undefined ? say("state.loading") : say("library.count", { count: total })}
          </p>
        </div>
        {mayEdit && (
          <Link to="/content/new" className="button primary">
            {say("library.new")}
          </Link>
        )}
      </header>
      <Filters shown={shown} />
      {failure && <Problem failure={failure} retry={reload} />}
      {!failure && total === undefined && (
        <div className="panel part-waiting">
          <Skeleton lines={9} />
        </div>
      )}
      {total === 0 && <Empty icon="library" title={say(isNarrowed(shown) ? "library.none" : "library.empty")} />}
      {nodes.length > 0 && (
        <ul className="panel pieces">
          {nodes.map((piece) => (
            <Row key={piece.id} piece={piece} />
          ))}
        </ul>
      )}
      {hasMore && !failure && (
        <p>
          <button type="button" className="button" disabled={isLoading} onClick={more}>
            {say("deals.more")}
          </button>
        </p>
      )}
    </div>
  );
}

function Row({ piece }: { piece: ContentRowFragment }) {
  const say = useText();
  const formats = useFormats();
  const { language } = useLocale();
  const isTheirs = piece.language.split("-")[0] === language;
  return (
    <li className="piece">
      <div className="piece-text">
        <p className="piece-title">
          <Link to={`/content/${piece.id}`}>{piece.title}</Link>
          {piece.url && <Icon name="link" size={14} />}
        </p>
        {piece.summary && <p className="quiet clamped">{piece.summary}</p>}
        <p className="piece-badges">
          <span className="badge accent">{say(`content.kind.${piece.kind}`)}</span>
          <span className="badge">{say(`content.phase.${piece.lifecyclePhase}`)}</span>
          <span className="badge">{say(`content.reader.${piece.reader}`)}</span>
          {!isTheirs && <span className="badge">{languageName(piece.language, language)}</span>}
          {piece.audience.map((tier) => (
            <span key={tier} className="badge warn">
              {say(`content.tier.${tier}`)}
            </span>
          ))}
        </p>
      </div>
      <time className="quiet piece-time" dateTime={piece.updatedAt}>
        {formats.ago(piece.updatedAt)}
      </time>
    </li>
  );
}

export function languageName(tag: string, reader: string): string {
  return new Intl.DisplayNames([reader], { type: "language" }).of(tag) ?? tag;
}

function Filters({ shown }: { shown: Shown }) {
  const say = useText();
  const navigate = useNavigate();
  const { language } = useLocale();
  const [stages] = useQuery({ query: ContentStages });
  const choose = useCallback(
    (changes: { [Name in keyof Shown]?: Shown[Name] | undefined }) =>
      void navigate({
        to: "/content",
        search: ((before: Shown) => readShown({ ...readShown({ ...before }), ...changes })) as never,
        replace: true,
      }),
    [navigate],
  );
  const all = { id: "", label: say("board.all") };
  const playbooks = stages.data?.playbooks.nodes ?? [];
  const open = playbooks.flatMap((playbook) =>
    playbook.stages
      .filter(({ kind }) => kind === "OPEN")
      .map(({ id, name }) => ({ id, label: playbooks.length > 1 ? `${playbook.name}: ${name}` : name })),
  );
  const tags = [...new Set([...LANGUAGES, ...(shown.language ? [shown.language] : [])])];
  return (
    <search className="library-filters">
      <Search value={shown.q ?? ""} choose={(q) => choose({ q: q || undefined })} />
      <Choice
        label={say("deals.stage")}
        options={[all, ...open]}
        value={shown.stage ?? ""}
        choose={(stage) => choose({ stage: stage || undefined })}
      />
      <Choice
        label={say("content.phase")}
        options={[all, ...PHASES.map((id) => ({ id, label: say(`content.phase.${id}`) }))]}
        value={shown.phase ?? ""}
        choose={(id) => choose({ phase: PHASES.find((one) => one === id) })}
      />
      <Choice
        label={say("content.kind")}
        options={[all, ...KINDS.map((id) => ({ id, label: say(`content.kind.${id}`) }))]}
        value={shown.kind ?? ""}
        choose={(id) => choose({ kind: KINDS.find((one) => one === id) })}
      />
      <Choice
        label={say("content.language")}
        options={[all, ...tags.map((id) => ({ id, label: languageName(id, language) }))]}
        value={shown.language ?? ""}
        choose={(id) => choose({ language: id || undefined })}
      />
      <Choice
        label={say("content.tier")}
        options={[all, ...TIERS.map((id) => ({ id, label: say(`content.tier.${id}`) }))]}
        value={shown.tier ?? ""}
        choose={(id) => choose({ tier: TIERS.find((one) => one === id) })}
      />
      {isNarrowed(shown) && (
        <button
          type="button"
          className="button small"
          onClick={() => void navigate({ to: "/content", search: {} as never, replace: true })}
        >
          <Icon name="close" size={14} /> {say("board.clear")}
        </button>
      )}
    </search>
  );
}

function Search({ value, choose }: { value: string; choose: (value: string) => void }) {
  const say = useText();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for when what is typed changes
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const waiting = setTimeout(() => choose(typed.trim()), TYPED);
    return () => clearTimeout(waiting);
  }, [typed, value]);
  return (
    <label className="search">
      <Icon name="search" size={16} />
      <span className="unseen">{say("library.search")}</span>
      <input
        type="search"
        value={typed}
        placeholder={say("library.search")}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}

interface Found {
  nodes: readonly ContentRowFragment[];
  total?: number;
  after?: string | null;
  failure?: Failure;
}

/** Pages of the library, or of what is linked to a stage. */
function useLibrary(shown: Shown) {
  const client = useClient();
  const [found, setFound] = useState<Found>({ nodes: [] });
  const [isLoading, setLoading] = useState(true);
  const asked = JSON.stringify(shown);
  const load = useCallback(
    async (before: readonly ContentRowFragment[], after: string | null, isWanted: () => boolean) => {
      const { stage, ...rest } = JSON.parse(asked) as Shown;
      const variables = { filter: filterOf(rest), first: SIZE, after };
      setLoading(true);
      const policy = { requestPolicy: "network-only" as const };
      const { page, error } = stage
        ? await client
            .query(StageLibrary, { ...variables, stage }, policy)
            .toPromise()
            .then(({ data, error }) => ({
              page: data?.node?.__typename === "Stage" ? data.node.contents : data && NO_PAGE,
              error,
            }))
        : await client
            .query(ContentLibrary, variables, policy)
            .toPromise()
            .then(({ data, error }) => ({ page: data?.contents, error }));
      if (!isWanted()) return;
      setLoading(false);
      if (!page) {
        setFound((old) => ({ ...old, failure: error ? failureOf(error) : { kind: "ours" } }));
        return;
      }
      const { nodes, pageInfo, totalCount } = page;
      const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      setFound({ nodes: [...before, ...nodes], total: totalCount, after: next });
    },
    [client, asked],
  );
  useEffect(() => {
    let isWanted = true;
    setFound({ nodes: [] });
    void load([], null, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [load]);
  return {
    ...found,
    isLoading,
    hasMore: Boolean(found.after),
    more: () => void load(found.nodes, found.after ?? null, () => true),
    reload: () => {
      setFound({ nodes: [] });
      void load([], null, () => true);
    },
  };
}

const NO_PAGE = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null }, totalCount: 0 };
