/** A subscription as text, and as Relay's compiler writes it when it keeps documents. */

import { createHash } from "node:crypto";

export const MOVES = `subscription Moves(
  $after: Cursor
) {
  opportunityStageChanged(after: $after) {
    cursor
    transition {
      id
    }
  }
}
`;

const field = { alias: null, args: null, storageKey: null };
const argumentDefinitions = [{ defaultValue: null, kind: "LocalArgument", name: "after" }];
const selections = [
  {
    ...field,
    args: [{ kind: "Variable", name: "after", variableName: "after" }],
    concreteType: "StageChanged",
    kind: "LinkedField",
    name: "opportunityStageChanged",
    plural: false,
    selections: [
      { ...field, kind: "ScalarField", name: "cursor" },
      {
        ...field,
        concreteType: "StageTransition",
        kind: "LinkedField",
        name: "transition",
        plural: false,
        selections: [{ ...field, kind: "ScalarField", name: "id" }],
      },
    ],
  },
];

/** Relay names a document by its MD5 unless it is told otherwise. */
export const id = createHash("md5").update(MOVES).digest("hex");

export const moves = {
  kind: "Request",
  fragment: {
    argumentDefinitions,
    kind: "Fragment",
    metadata: null,
    name: "Moves",
    selections,
    type: "Subscription",
    abstractKey: null,
  },
  operation: { argumentDefinitions, kind: "Operation", name: "Moves", selections },
  params: { id, metadata: {}, name: "Moves", operationKind: "subscription", text: null },
};
