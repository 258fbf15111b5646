import { DayInbox, DayRead } from "@operations/day.graphql";
import { Link } from "@tanstack/react-router";
import { useQuery } from "urql";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Ready } from "../../ui/states";
import { Part } from "./Part";

/** What came in and wasn't read. */
export function News() {
  const say = useText();
  const formats = useFormats();
  const [result, again] = useQuery({ query: DayInbox });
  const { act, busy } = useAct(DayRead);
  const refresh = () => again({ requestPolicy: "network-only" });
  const read = async (ids: string[]) => {
    if (await act({ input: { notificationIds: ids } })) refresh();
  };
  return (
    <Ready result={result} retry={refresh} waiting={null}>
      {({ notifications: { nodes }, unreadNotifications }) => {
        const unread = nodes.filter(({ readAt }) => !readAt);
        if (!unread.length) return null;
        return (
          <Part
            title={say("day.news")}
            count={unreadNotifications}
            end={<Link to="/inbox">{say("day.news.all")}</Link>}
          >
            <ul>
              {unread.map(({ id, title, at, opportunity, registration }) => (
                <li key={id} className="line">
                  <div className="line-text">
                    <p className="line-title">
                      {opportunity || registration ? (
                        <Link
                          to={opportunity ? `/deals/${opportunity.id}` : `/registrations/${registration?.id}`}
                          onClick={() => void read([id])}
                        >
                          {title}
                        </Link>
                      ) : (
                        title
                      )}
                    </p>
                    <p className="line-about">
                      <time dateTime={at}>{formats.ago(at)}</time>
                    </p>
                  </div>
                  <button
                    type="button"
                    className="plain"
                    disabled={busy}
                    aria-label={say("day.news.read", { title })}
                    title={say("day.news.read.short")}
                    onClick={() => void read([id])}
                  >
                    <Icon name="check" size={16} />
                  </button>
                </li>
              ))}
            </ul>
          </Part>
        );
      }}
    </Ready>
  );
}
