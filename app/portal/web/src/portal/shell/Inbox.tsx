import { InboxChanges, Inbox as InboxQuery, ReadNotifications } from "@operations/shell.graphql";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useMutation, useQuery, useSubscription } from "urql";
import type { InboxItemFragment } from "@/generated/operations";
import { useFormats, useText } from "../messages/context";
import { Icon } from "../ui/Icon";
import { Empty, Ready } from "../ui/states";
import { toast } from "../ui/toasts";

/** The bell, with how much is unread as it changes, and the newest notifications behind it. */
export function Inbox({ unread }: { unread: number }) {
  const say = useText();
  const count = useUnread(unread);
  return (
    <DialogTrigger>
      <Button className="nav-link bell">
        <Icon name="bell" />
        <span>{say("inbox")}</span>
        {count > 0 && (
          <span className="count">
            <span aria-hidden="true">{count > 99 ? "99+" : count}</span>
            <span className="unseen">{say("inbox.unread", { count })}</span>
          </span>
        )}
      </Button>
      <Popover className="popover" placement="top start">
        <Dialog className="inbox" aria-label={say("inbox")}>
          {({ close }) => <Items close={close} />}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function useUnread(first: number): number {
  const [heard, setHeard] = useState<number>();
  useSubscription({ query: InboxChanges }, (_, event) => {
    setHeard(event.notificationReceived.unreadNotifications);
    const title = event.notificationReceived.notification?.title;
    if (title) toast(title);
    return event;
  });
  return heard ?? first;
}

function Items({ close }: { close: () => void }) {
  const say = useText();
  const [result, again] = useQuery({ query: InboxQuery, requestPolicy: "cache-and-network" });
  const [, read] = useMutation(ReadNotifications);
  const newest = result.data?.notifications.nodes[0];
  return (
    <>
      <header>
        <h2>{say("inbox")}</h2>
        {newest && (
          <button
            type="button"
            className="button small"
            onClick={() =>
              void read({ input: { until: newest.at } }).then(() => again({ requestPolicy: "network-only" }))
            }
          >
            {say("inbox.read")}
          </button>
        )}
      </header>
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })}>
        {({ notifications: { nodes } }) =>
          nodes.length ? (
            <ul>
              {nodes.map((item) => (
                <Item key={item.id} item={item} close={close} />
              ))}
            </ul>
          ) : (
            <Empty icon="bell" title={say("inbox.empty")} />
          )
        }
      </Ready>
    </>
  );
}

function Item({ item, close }: { item: InboxItemFragment; close: () => void }) {
  const formats = useFormats();
  const navigate = useNavigate();
  const [, read] = useMutation(ReadNotifications);
  const open = () => {
    if (!item.readAt) void read({ input: { notificationIds: [item.id] } });
    if (item.opportunity) void navigate({ to: `/deals/${item.opportunity.id}` });
    close();
  };
  return (
    <li>
      <button type="button" className={item.readAt ? "notice" : "notice unread"} onClick={open}>
        <span className="notice-title">{item.title}</span>
        <span className="quiet">{formats.ago(item.at)}</span>
      </button>
    </li>
  );
}
