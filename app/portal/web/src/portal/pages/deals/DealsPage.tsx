import { DealList } from "@operations/deals.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "urql";
import type { DealListQuery, OpportunityOrderField } from "@/generated/operations";
import "./deals.css";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { type Column, FigureTable } from "../../ui/FigureTable";
import { Icon } from "../../ui/Icon";
import { Empty, Problem, Skeleton } from "../../ui/states";
import { type DealFilters, filterOf, readFilters } from "./filters";

type Deal = DealListQuery["opportunities"]["nodes"][number];

const SIZE = 100;
const ORDERS: readonly OpportunityOrderField[] = ["AMOUNT", "EXPECTED_CLOSE_DATE", "DAYS_IN_STAGE", "NAME"];

/** Deals in rows, by the filters of the address: where figures of other pages lead. */
export default function DealsPage() {
  const say = useText();
  const filters: DealFilters = readFilters(useSearch({ strict: false }));
  const [field, setField] = useState<OpportunityOrderField>("AMOUNT");
  const { deals, total, failure, hasMore, isLoading, more, reload } = useDeals(filters, field);
  const columns = useColumns();
  useTitle(say("deals"));
  const shown = filters.category ? deals.filter((deal) => isIn(deal, filters)) : deals;
  return (
    <div className="page deals-page">
      <header className="page-head">
        <div>
          <h1>{say("deals")}</h1>
          <p className="quiet" role="status">
            {total === undefined
              ? say("state.loading")
              : say("deals.count", { count: filters.category ? shown.length : total })}
          </p>
        </div>
        <Choice
          label={say("deals.order")}
          options={ORDERS.map((id) => ({ id, label: say(`deals.order.${id}` as never) }))}
          value={field}
          choose={(id) => setField(id as OpportunityOrderField)}
        />
      </header>
      <Chips filters={filters} />
      {failure && !deals.length && <Problem failure={failure} retry={reload} />}
      {isLoading && !deals.length && <Skeleton lines={10} />}
      {shown.length > 0 && (
        <div className="panel">
          <FigureTable title={say("deals")} columns={columns} rows={shown} rowKey={({ id }) => id} />
        </div>
      )}
      {!isLoading && !failure && !hasMore && shown.length === 0 && <Empty icon="search" title={say("deals.none")} />}
      {hasMore && (
        <p>
          <button type="button" className="button" disabled={isLoading} onClick={more}>
            {say("deals.more")}
          </button>
        </p>
      )}
    </div>
  );
}

/** As forecasts add them up: an open deal whose stage counts as closed is as good as committed. */
function isIn({ forecastCategory }: Deal, { category, status }: DealFilters): boolean {
  const isAsGood = status === "OPEN" && category === "COMMIT" && forecastCategory === "CLOSED";
  return forecastCategory === category || isAsGood;
}

/** Page after page; by forecast category, which the API has no filter for, all of them. */
function useDeals(filters: DealFilters, field: OpportunityOrderField) {
  const client = useClient();
  const [state, setState] = useState<{
    deals: readonly Deal[];
    total?: number;
    after?: string | null;
    failure?: Failure;
  }>({
    deals: [],
  });
  const [isLoading, setLoading] = useState(true);
  const asked = JSON.stringify([filters, field]);
  const load = useCallback(
    async (before: readonly Deal[], after: string | null, isWanted: () => boolean) => {
      const [filters, field] = JSON.parse(asked) as [DealFilters, OpportunityOrderField];
      const direction = field === "AMOUNT" || field === "DAYS_IN_STAGE" ? ("DESC" as const) : ("ASC" as const);
      setLoading(true);
      let deals = before;
      let at = after;
      for (;;) {
        const variables = { filter: filterOf(filters), order: { field, direction }, first: SIZE, after: at };
        const { data, error } = await client.query(DealList, variables, { requestPolicy: "network-only" }).toPromise();
        if (!isWanted()) return;
        if (!data) {
          setState((old) => ({ ...old, ...(error && { failure: failureOf(error) }) }));
          break;
        }
        const { nodes, pageInfo, totalCount } = data.opportunities;
        deals = [...deals, ...nodes];
        at = pageInfo.hasNextPage ? pageInfo.endCursor : null;
        setState({ deals, total: totalCount, after: at });
        if (!filters.category || !at) break;
      }
      setLoading(false);
    },
    [client, asked],
  );
  useEffect(() => {
    let isWanted = true;
    setState({ deals: [] });
    void load([], null, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [load]);
  return {
    ...state,
    isLoading,
    hasMore: Boolean(state.after),
    more: () => void load(state.deals, state.after ?? null, () => true),
    reload: () => void load([], null, () => true),
  };
}

function useColumns(): Column<Deal>[] {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  return [
    {
      label: say("deals.deal"),
      cell: ({ name }) => name,
      show: ({ id, name, account }) => (
        <>
          <Link to={`/deals/${id}`}>{name}</Link>
          <span className="figures-below">{account.name}</span>
        </>
      ),
    },
    { label: say("deals.stage"), cell: ({ stage }) => stage.name },
    {
      label: say("deals.amount"),
      cell: ({ amount }) => (amount ? Number(amount.amount) : null),
      show: ({ amount }) => (amount ? formats.money(amount) : "–"),
      isNumber: true,
    },
    { label: say("deals.currency"), cell: ({ amount }) => amount?.currency },
    {
      label: say("deals.close"),
      cell: ({ expectedCloseDate, closedAt }) => closedAt?.slice(0, 10) ?? expectedCloseDate,
      show: ({ expectedCloseDate, closedAt }) => {
        const day = closedAt ?? expectedCloseDate;
        return day ? formats.date(day) : "–";
      },
    },
    {
      label: say("deals.days"),
      cell: ({ daysInStage }) => daysInStage,
      show: ({ daysInStage, stalled }) => (
        <>
          {formats.number(daysInStage)} {stalled && <span className="badge warn">{say("deals.stalled")}</span>}
        </>
      ),
      isNumber: true,
    },
    { label: say("deals.category"), cell: ({ forecastCategory }) => say(`category.${forecastCategory}` as never) },
    ...(isVendor ? [{ label: say("deals.partner"), cell: ({ partner }: Deal) => partner?.name }] : []),
    { label: say("deals.owner"), cell: ({ owner }) => owner?.name },
  ];
}

/** What the list is narrowed by, each to be taken away. */
function Chips({ filters }: { filters: DealFilters }) {
  const say = useText();
  const formats = useFormats();
  const navigate = useNavigate();
  const { playbooks } = useViewer();
  const without = (...names: (keyof DealFilters)[]) => {
    const left = Object.fromEntries(
      Object.entries(filters).filter(([name]) => !names.includes(name as keyof DealFilters)),
    );
    void navigate({ to: "/deals", search: left as never, replace: true });
  };
  const range = (from?: string, to?: string) => [from, to].map((day) => (day ? formats.date(day) : "…")).join(" – ");
  const { playbook, stages, status, stalled, category, partner, owner, closesFrom, closesTo, closedFrom, closedTo } =
    filters;
  const chips: [string, (keyof DealFilters)[]][] = [
    ...(playbook ? [[playbooks.find(({ key }) => key === playbook)?.name ?? playbook, ["playbook"]] as never] : []),
    ...(status ? [[say(`deals.status.${status}`), ["status"]] as never] : []),
    ...(stages ? [[say("deals.chip.stages", { count: stages.split(",").length }), ["stages"]] as never] : []),
    ...(stalled ? [[say("deals.stalled"), ["stalled"]] as never] : []),
    ...(category ? [[say(`category.${category}` as never), ["category"]] as never] : []),
    ...(partner ? [[say("deals.chip.partner"), ["partner"]] as never] : []),
    ...(owner ? [[say("deals.chip.owner"), ["owner"]] as never] : []),
    ...(closesFrom || closesTo
      ? [[say("deals.chip.closes", { range: range(closesFrom, closesTo) }), ["closesFrom", "closesTo"]] as never]
      : []),
    ...(closedFrom || closedTo
      ? [[say("deals.chip.closed", { range: range(closedFrom, closedTo) }), ["closedFrom", "closedTo"]] as never]
      : []),
  ];
  if (!chips.length) return null;
  return (
    <ul className="chips" aria-label={say("deals.filters")}>
      {chips.map(([label, names]) => (
        <li key={names[0]}>
          <button
            type="button"
            className="chip"
            aria-label={say("deals.chip.remove", { label })}
            onClick={() => without(...names)}
          >
            {label} <Icon name="close" size={12} />
          </button>
        </li>
      ))}
    </ul>
  );
}
