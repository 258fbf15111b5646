import type { CombinedError } from "@urql/core";

/** What a failed request says of itself, for a page to show. */
export interface Failure {
  kind: "offline" | "signed-out" | "forbidden" | "not-found" | "address" | "busy" | "ours";
  message?: string;
  requestId?: string;
}

const KINDS: Record<string, Failure["kind"]> = {
  UNAUTHENTICATED: "signed-out",
  FORBIDDEN: "forbidden",
  NOT_FOUND: "not-found",
  // Pages ask for what their address says, which somebody may have made up.
  INVALID: "address",
  GRAPHQL_VALIDATION_FAILED: "address",
  RATE_LIMITED: "busy",
  OVERLOADED: "busy",
  UNAVAILABLE: "busy",
  TIMEOUT: "busy",
};

export function failureOf(error: CombinedError): Failure {
  if (error.networkError) return { kind: navigator.onLine ? "busy" : "offline" };
  const [first] = error.graphQLErrors;
  const { code, requestId } = (first?.extensions ?? {}) as { code?: string; requestId?: string };
  return {
    kind: (code && KINDS[code]) || "ours",
    ...(first?.message && { message: first.message }),
    ...(requestId && { requestId }),
  };
}
