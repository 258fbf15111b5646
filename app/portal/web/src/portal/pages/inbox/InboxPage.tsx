import { InboxArrivals, InboxRead, InboxUnread } from "@operations/inbox.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery, useSubscription } from "urql";
import type { NoticeFragment } from "@/generated/operations";
import "./inbox.css";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { Switch } from "../../ui/Switch";
import { Notices, Rows } from "./Notices";

/** All notifications of a person, newest first. */
export default function InboxPage() {
  const say = useText();
  const navigate = useNavigate();
  const { unread: asked } = useSearch({ strict: false }) as { unread?: unknown };
  const unread = asked === true || asked === "true";
  const [pages, setPages] = useState<readonly string[]>([]);
  const [arrived, setArrived] = useState<readonly NoticeFragment[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [heard, setHeard] = useState<number>();
  const [first] = useQuery({ query: InboxUnread, requestPolicy: "cache-and-network" });
  const { act, busy } = useAct(InboxRead);
  const newest = arrived[0]?.at ?? first.data?.notifications.nodes[0]?.at;
  const count = heard ?? first.data?.unreadNotifications ?? 0;
  useTitle(say("inbox"));
  useSubscription({ query: InboxArrivals }, (_, event) => {
    const { notification, unreadNotifications } = event.notificationReceived;
    setHeard(unreadNotifications);
    if (notification) setArrived((before) => [notification, ...before.filter(({ id }) => id !== notification.id)]);
    return event;
  });
  const read = useCallback(
    async (ids?: string[]) => {
      const data = await act({ input: ids ? { notificationIds: ids } : newest ? { until: newest } : {} });
      if (!data) return;
      setHeard(data.markNotificationsRead.unreadNotifications ?? undefined);
      setChosen(new Set());
      const readAt = new Date().toISOString();
      setArrived((before) =>
        before.map((one) => (!ids || ids.includes(one.id) ? { ...one, readAt: one.readAt ?? readAt } : one)),
      );
    },
    [act, newest],
  );
  const choose = useCallback((id: string, isChosen: boolean) => {
    setChosen((before) => {
      const after = new Set(before);
      if (isChosen) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  const more = useCallback((after: string) => setPages((before) => [...before, after]), []);
  const rows = { chosen, choose, read };
  const skipped = new Set(arrived.map(({ id }) => id));
  return (
    <div className="page inbox-page">
      <header className="page-head">
        <div>
          <h1>{say("inbox")}</h1>
          <p className="quiet" aria-live="polite">
            {count > 0 ? say("inbox.unread", { count }) : say("inbox.allread")}
          </p>
        </div>
        <div className="page-tools">
          <Switch
            label={say("inbox.shown")}
            value={unread ? "unread" : "all"}
            options={[
              { id: "all", label: say("inbox.all") },
              { id: "unread", label: say("inbox.onlyunread") },
            ]}
            choose={(id) => {
              setPages([]);
              setArrived([]);
              void navigate({
                to: "/inbox",
                search: (id === "unread" ? { unread: true } : {}) as never,
                replace: true,
              });
            }}
          />
          {chosen.size > 0 ? (
            <button type="button" className="button primary" disabled={busy} onClick={() => void read([...chosen])}>
              {say("inbox.read.some", { count: chosen.size })}
            </button>
          ) : (
            count > 0 && (
              <button type="button" className="button" disabled={busy} onClick={() => void read()}>
                {say("inbox.read")}
              </button>
            )
          )}
        </div>
      </header>
      <div className="panel">
        {arrived.length > 0 && <Rows notices={arrived} {...rows} />}
        {["", ...pages].map((after, place) => (
          <Notices
            key={after}
            after={after || null}
            unreadOnly={unread}
            skipped={skipped}
            isLast={place === pages.length}
            isAlone={place === 0 && arrived.length === 0}
            more={more}
            {...rows}
          />
        ))}
      </div>
    </div>
  );
}
