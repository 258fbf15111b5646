import { createHash } from "node:crypto";
import { basename } from "node:path";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from "graphql";
import type { Plugin } from "vite";

/**
 * Makes a module of each `schema/operations/*.graphql`: an export for each operation, under the operation's name.
 *
 * A server knows such a file by the SHA-256 of its bytes and answers any of its operations by id and name, so no
 * document travels. The browser needs the text of an operation for its cache alone.
 */
export function operations(): Plugin {
  return {
    name: "operations",
    transform(source, path) {
      if (!path.endsWith(".graphql")) return;
      const id = createHash("sha256").update(source).digest("hex");
      const document = checked(parse(source, { noLocation: true }), basename(path));
      const exported = defined(document).map((operation) => {
        const name = operation.name?.value ?? "";
        const text = stripIgnoredCharacters(
          print({ kind: Kind.DOCUMENT, definitions: [operation, ...used(document, operation)] }),
        );
        return `export const ${name} = trusted(${JSON.stringify(name)}, id, ${JSON.stringify(text)});`;
      });
      const module = ['import { trusted } from "/src/portal/client/trusted.ts";', `const id = "${id}";`, ...exported];
      return { code: module.join("\n"), map: null, moduleType: "js" };
    },
  };
}

function defined(document: DocumentNode): OperationDefinitionNode[] {
  return document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
}

function used(document: DocumentNode, from: OperationDefinitionNode): FragmentDefinitionNode[] {
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const found = new Set<FragmentDefinitionNode>();
  const look = (node: OperationDefinitionNode | FragmentDefinitionNode) =>
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.find((one) => one.name.value === name.value);
        if (!fragment || found.has(fragment)) return;
        found.add(fragment);
        look(fragment);
      },
    });
  look(from);
  return [...found];
}

/** The cache goes by `__typename`, and nothing adds it to what the server has already. */
function checked(document: DocumentNode, file: string): DocumentNode {
  visit(document, {
    SelectionSet(node, _, parent) {
      const isRoot = parent && "kind" in parent && parent.kind === Kind.OPERATION_DEFINITION;
      const named = node.selections.some((one) => one.kind === Kind.FIELD && one.name.value === "__typename");
      const inside = parent && "kind" in parent && parent.kind === Kind.INLINE_FRAGMENT;
      if (!isRoot && !named && !inside) {
        throw new Error(`${file}: a selection lacks __typename: ${print(node)}; \`npm run operations\` adds it`);
      }
    },
  });
  return document;
}
