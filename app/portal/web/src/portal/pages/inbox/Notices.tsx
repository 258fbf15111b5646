import { InboxPage } from "@operations/inbox.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import type { NoticeFragment, NotificationKind } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Icon, type IconName } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";

const SIZE = 30;

interface Marking {
  chosen: ReadonlySet<string>;
  choose: (id: string, isChosen: boolean) => void;
  read: (ids: string[]) => Promise<void>;
}

interface Given extends Marking {
  after: string | null;
  unreadOnly: boolean;
  /** Those that came while the page was open, which stand above all pages. */
  skipped: ReadonlySet<string>;
  isLast: boolean;
  isAlone: boolean;
  more: (after: string) => void;
}

/** A page of notifications, and the way to the next one. */
export function Notices({ after, unreadOnly, skipped, isLast, isAlone, more, ...marking }: Given) {
  const say = useText();
  const [result, again] = useQuery({ query: InboxPage, variables: { first: SIZE, after, unreadOnly } });
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="part-waiting">
          <Skeleton lines={6} />
        </div>
      }
    >
      {({ notifications: { nodes, pageInfo } }) => (
        <>
          {nodes.length > 0 && <Rows notices={nodes.filter(({ id }) => !skipped.has(id))} {...marking} />}
          {nodes.length === 0 && isAlone && (
            <Empty icon="bell" title={say(unreadOnly ? "inbox.empty.unread" : "inbox.empty")} />
          )}
          {isLast && pageInfo.hasNextPage && pageInfo.endCursor && (
            <p className="part-more">
              <button type="button" className="button small" onClick={() => more(pageInfo.endCursor ?? "")}>
                {say("inbox.more")}
              </button>
            </p>
          )}
        </>
      )}
    </Ready>
  );
}

export function Rows({ notices, chosen, choose, read }: Marking & { notices: readonly NoticeFragment[] }) {
  return (
    <ul>
      {notices.map((notice) => (
        <Row key={notice.id} notice={notice} isChosen={chosen.has(notice.id)} choose={choose} read={read} />
      ))}
    </ul>
  );
}

function Row(given: { notice: NoticeFragment; isChosen: boolean } & Pick<Marking, "choose" | "read">) {
  const { notice, isChosen, choose, read } = given;
  const say = useText();
  const formats = useFormats();
  const { id, kind, title, body, at, readAt } = notice;
  const target = targetOf(notice);
  return (
    <li className="line notice-line" data-unread={!readAt || undefined}>
      {readAt ? (
        <span className="tick" />
      ) : (
        <label className="tick">
          <input type="checkbox" checked={isChosen} onChange={(event) => choose(id, event.target.checked)} />
          <span className="unseen">{say("inbox.choose", { title })}</span>
        </label>
      )}
      <Icon name={ICONS[kind] ?? "bell"} size={18} />
      <div className="line-text">
        <p className="line-title">
          {!readAt && <span className="unseen">{say("inbox.isunread")} </span>}
          {target ? (
            <Link to={target.to} onClick={() => void (readAt || read([id]))}>
              {title}
            </Link>
          ) : (
            title
          )}
        </p>
        {body && body !== title && <p className="notice-body">{body}</p>}
        <p className="line-about">
          <time dateTime={at} title={formats.time(at)}>
            {formats.ago(at)}
          </time>
          {target && !title.includes(target.name) && <span>{target.name}</span>}
        </p>
      </div>
      {!readAt && (
        <button
          type="button"
          className="plain"
          aria-label={say("inbox.read.one", { title })}
          title={say("inbox.read.short")}
          onClick={() => void read([id])}
        >
          <Icon name="check" size={16} />
        </button>
      )}
    </li>
  );
}

/** The page of what it is about. */
function targetOf({ opportunity, registration, task }: NoticeFragment): { to: string; name: string } | undefined {
  const deal = opportunity ?? task?.opportunity;
  if (registration) return { to: `/registrations/${registration.id}`, name: registration.number };
  return deal ? { to: `/deals/${deal.id}`, name: deal.name } : undefined;
}

const ICONS: Partial<Record<NotificationKind, IconName>> = {
  ADVICE_URGENT: "spark",
  COMMENT_ADDED: "comment",
  DEAL_ASSIGNED: "person",
  DEAL_CLOSED: "check",
  DEAL_STAGE_CHANGED: "arrow",
  DEAL_STALLED: "clock",
  INVITATION_ANSWERED: "team",
  INVITATION_RECEIVED: "team",
  PROTECTION_ENDED: "shield",
  PROTECTION_EXPIRING: "shield",
  REGISTRATION_DECIDED: "registration",
  REGISTRATION_TO_REVIEW: "registration",
  REGISTRATION_UPDATED: "registration",
  TASK_ASSIGNED: "task",
  TASK_DUE: "task",
  TASK_OVERDUE: "clock",
  WEBHOOK_DISABLED: "alert",
};
