import { WebhookEndpointDetail } from "@operations/webhooks.graphql";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import type { EndpointFragment } from "@/generated/operations";
import "../webhooks/webhooks.css";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Frame } from "../administration/Frame";
import { Secret } from "../administration/Secret";
import { Deliveries } from "./Deliveries";
import { EndpointForm } from "./EndpointForm";
import { Replay } from "./Replay";
import { Tools } from "./Tools";

const LOOKS_AGAIN = 2_000;

/** One endpoint with what was sent to it; `new` is one to come. */
export default function WebhookPage() {
  const say = useText();
  const { id = "new" } = useParams({ strict: false }) as { id?: string };
  return (
    <Frame part="webhooks" about={say("webhooks.about")}>
      <p>
        <Link to="/administration/webhooks" className="button small back-up">
          <Icon name="arrow" size={14} /> {say("webhooks.back")}
        </Link>
      </p>
      {id === "new" ? <New /> : <Known key={id} id={id} />}
    </Frame>
  );
}

function New() {
  const navigate = useNavigate();
  const [made, setMade] = useState<{ id: string; secret: string }>();
  const open = (id: string) => void navigate({ to: `/administration/webhooks/${id}`, replace: true });
  if (made) return <Secret value={made.secret} done={() => open(made.id)} />;
  return <EndpointForm saved={({ id }, secret) => (secret ? setMade({ id, secret }) : open(id))} />;
}

function Known({ id }: { id: string }) {
  const [result, again] = useQuery({ query: WebhookEndpointDetail, variables: { id } });
  const say = useText();
  const isReplaying = result.data?.webhookEndpoint?.replay?.status === "RUNNING";
  useEffect(() => {
    if (!isReplaying) return;
    const timer = setInterval(() => again({ requestPolicy: "network-only" }), LOOKS_AGAIN);
    return () => clearInterval(timer);
  }, [isReplaying, again]);
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="panel part-waiting">
          <Skeleton lines={8} />
        </div>
      }
    >
      {({ webhookEndpoint }) =>
        webhookEndpoint ? <Shown endpoint={webhookEndpoint} /> : <Empty icon="globe" title={say("problem.not-found")} />
      }
    </Ready>
  );
}

function Shown({ endpoint }: { endpoint: EndpointFragment }) {
  /** Of a rotation: gone with the page. */
  const [secret, setSecret] = useState<string>();
  const [sent, setSent] = useState(0);
  return (
    <>
      {secret && <Secret value={secret} done={() => setSecret(undefined)} />}
      <Tools endpoint={endpoint} rotated={setSecret} tested={() => setSent((before) => before + 1)} />
      <EndpointForm endpoint={endpoint} saved={() => undefined} />
      <Replay endpoint={endpoint} />
      <Deliveries id={endpoint.id} sent={sent} />
    </>
  );
}
