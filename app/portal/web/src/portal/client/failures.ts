import type { CombinedError } from "@urql/core";

/** What a failed request says of itself, for a page to show. */
export interface Failure {
  kind: "offline" | "signed-out" | "forbidden" | "not-found" | "busy" | "ours";
  message?: string;
  requestId?: string;
}

const KINDS: Record<string, Failure["kind"]> = {
  UNAUTHENTICATED: "signed-out",
  FORBIDDEN: "forbidden",
  NOT_FOUND: "not-found",
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
