import type { DocumentNode } from "@0no-co/graphql.web";

export function getOperationName(document: { definitions: readonly unknown[] }): string {
  const [operation] = (document as DocumentNode).definitions;
  return operation?.kind === "OperationDefinition" ? (operation.name?.value ?? "") : "";
}
