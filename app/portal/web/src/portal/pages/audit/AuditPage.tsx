import { AuditLog } from "@operations/administration.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "urql";
import type { AuditLogQuery } from "@/generated/operations";
import "./audit.css";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useText } from "../../messages/context";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Empty, Problem, Skeleton } from "../../ui/states";
import { Frame } from "../administration/Frame";
import { FilterBar } from "./FilterBar";
import { type Filters, filterOf, readFilters } from "./filters";
import { Verification } from "./Verification";

type Entry = AuditLogQuery["auditEntries"]["nodes"][number];

const SIZE = 50;
/** Of a count that stopped there. */
const MOST_COUNTED = 10_000;

/** The audit log, newest first, by the filters of the address; and whether its chain holds. */
export default function AuditPage() {
  const say = useText();
  const formats = useFormats();
  const navigate = useNavigate();
  const filters: Filters = readFilters(useSearch({ strict: false }));
  const { rows, total, after, failure, isLoading, more, reload } = useEntries(filters);
  const columns = useColumns();
  const isWhole = Object.keys(filters).length === 0;
  return (
    <Frame part="audit" about={say("audit.about")}>
      <Verification />
      <FilterBar
        filters={filters}
        change={(next) =>
          void navigate({
            to: "/administration/audit",
            search: readFilters({ ...next }) as never,
            replace: true,
            resetScroll: false,
          })
        }
      />
      {failure && !rows && <Problem failure={failure} retry={reload} />}
      <section className="panel part" aria-label={say("audit.entries")}>
        <header>
          <div role="status">
            <h2>
              {total === undefined
                ? say("state.loading")
                : say(total >= MOST_COUNTED ? "audit.count.more" : "audit.count", {
                    count: total,
                    number: formats.number(total),
                  })}
            </h2>
          </div>
        </header>
        {!rows && !failure && (
          <div className="part-waiting">
            <Skeleton lines={12} />
          </div>
        )}
        {rows?.length === 0 && <Empty icon="search" title={say(isWhole ? "audit.none" : "audit.none.filtered")} />}
        {rows && rows.length > 0 && (
          <FigureTable title={say("administration.audit")} columns={columns} rows={rows} rowKey={({ id }) => id} />
        )}
        {after && (
          <p className="part-more">
            <button type="button" className="button small" disabled={isLoading} onClick={more}>
              {say("inbox.more")}
            </button>
          </p>
        )}
      </section>
    </Frame>
  );
}

interface State {
  rows?: readonly Entry[];
  total?: number;
  after?: string | null;
  failure?: Failure;
}

function useEntries(filters: Filters) {
  const client = useClient();
  const [state, setState] = useState<State>({});
  const [isLoading, setLoading] = useState(false);
  const asked = JSON.stringify(filters);
  const load = useCallback(
    async (before: readonly Entry[], after: string | null, isWanted: () => boolean) => {
      setLoading(true);
      const variables = { filter: filterOf(JSON.parse(asked)), first: SIZE, after };
      const { data, error } = await client.query(AuditLog, variables, { requestPolicy: "network-only" }).toPromise();
      if (!isWanted()) return;
      setLoading(false);
      if (!data) {
        setState((old) => ({ ...old, ...(error && { failure: failureOf(error) }) }));
        return;
      }
      const { nodes, pageInfo, totalCount } = data.auditEntries;
      const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      setState({ rows: [...before, ...nodes], total: totalCount, after: next });
    },
    [client, asked],
  );
  useEffect(() => {
    let isWanted = true;
    setState({});
    void load([], null, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [load]);
  return {
    ...state,
    isLoading,
    more: () => void load(state.rows ?? [], state.after ?? null, () => true),
    reload: () => void load([], null, () => true),
  };
}

function useColumns(): Column<Entry>[] {
  const say = useText();
  const formats = useFormats();
  return [
    {
      label: say("audit.column.at"),
      cell: ({ at }) => at,
      show: ({ at }) => (
        <time className="nowrap" dateTime={at}>
          {formats.time(at)}
        </time>
      ),
    },
    { label: say("audit.column.actor"), cell: ({ actor }) => actor?.name ?? say("audit.nobody") },
    {
      label: say("audit.column.action"),
      cell: ({ action }) => action,
      show: ({ action }) => <code className="nowrap">{action}</code>,
    },
    {
      label: say("audit.column.subject"),
      cell: ({ subject }) => subject,
      show: ({ subject }) => (subject ? <Subject id={subject} /> : "–"),
    },
    { label: say("audit.column.mutation"), cell: ({ mutation }) => mutation },
    {
      label: say("audit.column.request"),
      cell: ({ requestId }) => requestId,
      show: ({ requestId }) => <span className="nowrap">{short(requestId)}</span>,
    },
    {
      label: say("audit.column.detail"),
      cell: ({ detail }) => JSON.stringify(detail),
      show: ({ detail }) =>
        Object.keys(detail as object).length ? (
          <details>
            <summary>{Object.keys(detail as object).join(", ")}</summary>
            <pre>{JSON.stringify(detail, null, 1)}</pre>
          </details>
        ) : (
          "–"
        ),
    },
    {
      label: say("audit.column.link"),
      cell: ({ link }) => link,
      show: ({ link, hash }) =>
        link === null ? say("audit.unsealed") : <span title={hash ?? ""}>{formats.number(link)}</span>,
      isNumber: true,
    },
  ];
}

const PAGES: Record<string, string> = {
  opp: "/deals",
  reg: "/registrations",
  aut: "/automations",
  whe: "/administration/webhooks",
};

function Subject({ id }: { id: string }) {
  const page = PAGES[id.split("_")[0] ?? ""];
  return page ? (
    <Link className="nowrap" to={`${page}/${id}`}>
      {short(id)}
    </Link>
  ) : (
    <code className="nowrap" title={id}>
      {short(id)}
    </code>
  );
}

const SHOWN = 16;

/** Ids are told apart by their ends. */
function short(id: string | null): string {
  if (!id) return "–";
  return id.length > SHOWN ? `${id.slice(0, 4)}…${id.slice(-8)}` : id;
}
