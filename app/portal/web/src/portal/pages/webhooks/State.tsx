import type { EndpointFragment } from "@/generated/operations";
import { useText } from "../../messages/context";

export function State({ endpoint: { enabled, failingSince } }: { endpoint: EndpointFragment }) {
  const say = useText();
  if (!enabled) return <span className="badge bad">{say("webhooks.disabled")}</span>;
  if (failingSince) return <span className="badge warn">{say("webhooks.failing.short")}</span>;
  return <span className="badge good">{say("webhooks.enabled")}</span>;
}
