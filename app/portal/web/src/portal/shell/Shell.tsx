import { Shell as ShellQuery } from "@operations/shell.graphql";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useQuery } from "urql";
import icon from "../../icon.svg";
import { connection } from "../client/transport";
import { useText } from "../messages/context";
import { Icon } from "../ui/Icon";
import { Boundary, Empty, Ready } from "../ui/states";
import { Inbox } from "./Inbox";
import { useNavigation } from "./navigation";
import { PersonMenu } from "./PersonMenu";
import { useViewer, ViewerContext } from "./viewer";

/** What is around every page: navigation, the inbox, and who is there. */
export function Shell() {
  const [result, again] = useQuery({ query: ShellQuery, requestPolicy: "cache-and-network" });
  return (
    <Ready result={result} retry={() => again({ requestPolicy: "network-only" })}>
      {({ viewer, unreadNotifications, playbooks }) => (
        <ViewerContext value={{ ...viewer, playbooks: playbooks.nodes }}>
          <div className="shell">
            <SkipLink />
            <aside className="side">
              <Link to="/" className="brand">
                <img src={icon} alt="" width={28} height={28} />
                <span>Stagepath</span>
              </Link>
              <Navigation />
              <div className="side-end">
                <Inbox unread={unreadNotifications} />
                <PersonMenu />
              </div>
            </aside>
            <main id="content" tabIndex={-1}>
              <Offline />
              <Boundary>
                <Outlet />
              </Boundary>
            </main>
          </div>
        </ViewerContext>
      )}
    </Ready>
  );
}

function SkipLink() {
  const say = useText();
  return (
    <button type="button" className="skip" onClick={() => document.getElementById("content")?.focus()}>
      {say("skip")}
    </button>
  );
}

function Navigation() {
  const say = useText();
  const { permissions } = useViewer();
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  // On a phone the entries don't all fit: the one that is open is to be seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another entry
  useEffect(() => {
    nav.current?.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <nav ref={nav} aria-label={say("nav")}>
      {useNavigation().map(
        (entry) =>
          entry &&
          (!entry.may || entry.may.some((one) => permissions.includes(one))) && (
            <Link key={entry.path} to={entry.path} className="nav-link" activeProps={{ className: "nav-link active" }}>
              <Icon name={entry.icon} />
              <span>{say(entry.label)}</span>
            </Link>
          ),
      )}
    </nav>
  );
}

function Offline() {
  const say = useText();
  const state = useSyncExternalStore(connection.watch, connection.now);
  const online = useSyncExternalStore(watchOnline, () => navigator.onLine);
  if (online && state !== "lost") return null;
  return (
    <p className="offline" role="status">
      <Icon name="alert" size={16} /> {say(online ? "state.reconnecting" : "state.offline")}
    </p>
  );
}

function watchOnline(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

export function NotFound() {
  const say = useText();
  return (
    <div className="page">
      <Empty icon="search" title={say("page.missing")}>
        <Link to="/" className="button">
          {say("page.home")}
        </Link>
      </Empty>
    </div>
  );
}

/** The document's title, and the page's heading. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Stagepath` : "Stagepath";
  }, [title]);
}
