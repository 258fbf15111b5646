/** `npm run operations`: writes `__typename` into the selections of schema/operations/*.graphql that lack it. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Kind, parse, print, visit } from "graphql";

const folder = new URL("../../../../schema/operations/", import.meta.url);
const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

for (const name of readdirSync(folder).filter((one) => one.endsWith(".graphql"))) {
  const path = new URL(name, folder);
  const source = readFileSync(path, "utf8");
  const heading = source.match(/^(#.*\n)*/)?.[0] ?? "";
  const written = visit(parse(source), {
    SelectionSet(node, _, parent) {
      if (parent.kind === Kind.OPERATION_DEFINITION || parent.kind === Kind.INLINE_FRAGMENT) return undefined;
      if (node.selections.some((one) => one.kind === Kind.FIELD && one.name.value === "__typename")) return undefined;
      return { ...node, selections: [typename, ...node.selections] };
    },
  });
  writeFileSync(path, `${heading}${print(written)}\n`);
}
