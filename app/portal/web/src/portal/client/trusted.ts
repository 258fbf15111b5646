import { parse } from "@0no-co/graphql.web";
import type { TypedDocumentNode } from "@urql/core";

export type Trusted<Data, Variables> = TypedDocumentNode<Data, Variables>;

/** By operation: the id of the document that has it. */
const ids = new Map<string, string>();

/** Made by `build/operations.ts` for each operation of `schema/operations`. */
export function trusted(name: string, id: string, text: string): unknown {
  ids.set(name, id);
  return parse(text, { noLocation: true });
}

/** A request that names its document instead of having it. */
export function named<V>(operationName: string | undefined, variables: V) {
  const documentId = operationName && ids.get(operationName);
  if (!documentId) throw new Error(`${operationName} is no operation of schema/operations`);
  return { documentId, operationName, variables };
}
