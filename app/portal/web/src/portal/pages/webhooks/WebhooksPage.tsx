import { WebhookEndpoints } from "@operations/webhooks.graphql";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import type { EndpointFragment } from "@/generated/operations";
import "./webhooks.css";
import { useFormats, useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Frame } from "../administration/Frame";
import { eventName } from "../automations/words";
import { State } from "./State";

const SIZE = 50;
const MOST_NAMED = 3;

/** The endpoints of the own organisation. */
export default function WebhooksPage() {
  const say = useText();
  const [first, setFirst] = useState(SIZE);
  const [result, again] = useQuery({ query: WebhookEndpoints, variables: { first, after: null } });
  return (
    <Frame
      part="webhooks"
      about={say("webhooks.about")}
      tools={
        <Link to="/administration/webhooks/$id" params={{ id: "new" } as never} className="button primary">
          {say("webhooks.new")}
        </Link>
      }
    >
      <section className="panel part" aria-label={say("administration.webhooks")}>
        <Ready
          result={result}
          retry={() => again({ requestPolicy: "network-only" })}
          waiting={
            <div className="part-waiting">
              <Skeleton lines={5} />
            </div>
          }
        >
          {({ webhookEndpoints: { nodes, pageInfo } }) => (
            <>
              {nodes.length === 0 && <Empty icon="globe" title={say("webhooks.none")} />}
              <ul>
                {nodes.map((one) => (
                  <Row key={one.id} endpoint={one} />
                ))}
              </ul>
              {pageInfo.hasNextPage && first < 100 && (
                <p className="part-more">
                  <button type="button" className="button small" onClick={() => setFirst(100)}>
                    {say("deals.more")}
                  </button>
                </p>
              )}
            </>
          )}
        </Ready>
      </section>
    </Frame>
  );
}

function Row({ endpoint }: { endpoint: EndpointFragment }) {
  const say = useText();
  const formats = useFormats();
  const { id, url, description, eventTypes, failingSince, owner } = endpoint;
  const named = eventTypes.slice(0, MOST_NAMED).map((type) => eventName(say, type));
  const more = eventTypes.length - named.length;
  return (
    <li className="line">
      <div className="line-text">
        <p className="line-title">
          <Link to={`/administration/webhooks/${id}`}>{description || url}</Link>
          <State endpoint={endpoint} />
        </p>
        <p className="line-about">
          {description && <span>{url}</span>}
          <span>
            {eventTypes.length === 0 ? say("webhooks.every") : named.join(", ")}
            {more > 0 && ` ${say("webhooks.more", { count: more })}`}
          </span>
          <span>{say("webhooks.seenby", { name: owner.name })}</span>
        </p>
        {failingSince && <p className="admin-bad">{say("webhooks.failing", { when: formats.ago(failingSince) })}</p>}
      </div>
    </li>
  );
}
