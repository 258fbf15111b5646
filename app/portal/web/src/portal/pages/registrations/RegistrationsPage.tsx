import { RegistrationChanges, RegistrationQueue } from "@operations/registrations.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState, useSyncExternalStore } from "react";
import { useQuery, useSubscription } from "urql";
import type { RegistrationRowFragment } from "@/generated/operations";
import "./registrations.css";
import { useFormats, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useMay } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Switch } from "../../ui/Switch";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Detail } from "./Detail";
import { Status } from "./Status";
import { filterOf, type List, orderOf, readShown, type Shown } from "./shown";

const SIZE = 50;
const MORE = 50;
/** What the API gives at once. */
const MOST = 100;

/** Registrations beside the one that is looked at: for the vendor, what is to be decided comes first. */
export default function RegistrationsPage() {
  const say = useText();
  const navigate = useNavigate();
  const isVendor = useIsVendor();
  const mayRegister = useMay("REGISTER_DEALS");
  const shown: Shown = readShown(useSearch({ strict: false }));
  const { list = isVendor ? "review" : "all" } = shown;
  const isWide = useIsWide();
  const [first, setFirst] = useState(SIZE);
  const root = useRef<HTMLDivElement>(null);
  const variables = { filter: filterOf(list), order: orderOf(list), first, after: null };
  const [result, again] = useQuery({ query: RegistrationQueue, variables });
  const refresh = () => again({ requestPolicy: "network-only" });
  useTitle(say("nav.registrations"));
  useSubscription({ query: RegistrationChanges }, (_, event) => {
    refresh();
    return event;
  });
  const open = (next: string | undefined) =>
    void navigate({
      to: "/registrations",
      search: { list, ...(next && { id: next }) } as never,
      replace: true,
      resetScroll: false,
    });
  const nodes = result.data?.registrations.nodes ?? [];
  const id = shown.id ?? (isWide ? nodes[0]?.id : undefined);
  const walk = (step: number) => {
    const at = nodes.findIndex((one) => one.id === id);
    const next = nodes[at < 0 ? 0 : at + step];
    if (!next) return;
    open(next.id);
    root.current?.querySelector<HTMLElement>(`[data-registration="${CSS.escape(next.id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (
      (event.target as HTMLElement).closest("input, textarea, [role=dialog]") ||
      event.metaKey ||
      event.ctrlKey ||
      event.altKey
    )
      return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    walk(step);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the links inside
    <div ref={root} className="page registrations-page" data-chosen={shown.id ? true : undefined} onKeyDown={onKeyDown}>
      <header className="page-head">
        <h1>{say("nav.registrations")}</h1>
        <div className="page-tools">
          <Switch
            label={say("registrations.list")}
            value={list}
            options={(isVendor ? VENDOR : PARTNER).map((one) => ({ id: one, label: say(`registrations.list.${one}`) }))}
            choose={(next: List) => {
              setFirst(SIZE);
              void navigate({ to: "/registrations", search: { list: next } as never, replace: true });
            }}
          />
          {mayRegister && !isVendor && (
            <Link to="/registrations/new" className="button primary">
              {say("registrations.new")}
            </Link>
          )}
        </div>
      </header>
      <Ready result={result} retry={refresh} waiting={<Skeleton lines={8} />}>
        {({ registrations: { totalCount, pageInfo } }) =>
          nodes.length === 0 ? (
            <Empty
              icon="registration"
              title={say(list === "review" && isVendor ? "registrations.none.review" : "registrations.none")}
            />
          ) : (
            <div className="beside">
              <div className="panel queue">
                <p className="queue-head">
                  <span>{say("registrations.count", { count: totalCount })}</span>
                  <span className="queue-keys" aria-hidden="true">
                    <span className="kbd">J</span> <span className="kbd">K</span>
                  </span>
                </p>
                <ul>
                  {nodes.map((one) => (
                    <Row key={one.id} registration={one} list={list} isOpen={one.id === id} />
                  ))}
                </ul>
                {pageInfo.hasNextPage && first < MOST && (
                  <p className="part-more">
                    <button type="button" className="button small" onClick={() => setFirst(first + MORE)}>
                      {say("deals.more")}
                    </button>
                  </p>
                )}
                {pageInfo.hasNextPage && first >= MOST && (
                  <p className="part-more quiet">{say("registrations.rest", { count: MOST })}</p>
                )}
              </div>
              <div className="chosen">
                {id ? (
                  <>
                    <button type="button" className="button small back" onClick={() => open(undefined)}>
                      <Icon name="arrow" size={14} /> {say("registrations.back")}
                    </button>
                    <Detail
                      key={id}
                      id={id}
                      decided={() => {
                        if (list === "review") open(nodes[nodes.findIndex((one) => one.id === id) + 1]?.id);
                        refresh();
                      }}
                    />
                  </>
                ) : (
                  <Empty icon="registration" title={say("registrations.choose")} />
                )}
              </div>
            </div>
          )
        }
      </Ready>
    </div>
  );
}

const WIDE = matchMedia("(min-width: 60.01rem)");

/** Whether there is room for the list and a registration side by side: the first one is shown unasked. */
function useIsWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      WIDE.addEventListener("change", changed);
      return () => WIDE.removeEventListener("change", changed);
    },
    () => WIDE.matches,
  );
}

const VENDOR: readonly List[] = ["review", "drafts", "approved", "closed"];
const PARTNER: readonly List[] = ["all", "drafts", "review", "approved", "closed"];

function Row({ registration, list, isOpen }: { registration: RegistrationRowFragment; list: List; isOpen: boolean }) {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  const { id, number, title, status, amount, account, partner, reviewDueAt, protectedUntil } = registration;
  const isLate = reviewDueAt !== null && new Date(reviewDueAt) < new Date();
  return (
    <li>
      <Link
        to="/registrations"
        search={{ list, id } as never}
        replace
        resetScroll={false}
        className="queue-row"
        data-registration={id}
        aria-current={isOpen || undefined}
      >
        <span className="queue-title">{account.name ?? title ?? number}</span>
        <Status status={status} />
        <span className="quiet">
          {isVendor ? partner.name : number}
          {amount && ` · ${formats.shortMoney(amount)}`}
        </span>
        {reviewDueAt && (status === "SUBMITTED" || status === "IN_REVIEW") ? (
          <time className="queue-due" dateTime={reviewDueAt} data-late={isLate || undefined}>
            {say(isLate ? "registrations.late" : "registrations.due", { when: formats.ago(reviewDueAt) })}
          </time>
        ) : (
          protectedUntil &&
          status === "APPROVED" && (
            <span className="queue-due">{say("registrations.until", { day: formats.date(protectedUntil) })}</span>
          )
        )}
      </Link>
    </li>
  );
}
