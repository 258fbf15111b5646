/** `npm run operation-types`: types of all operations, from the schema, as modules that their files are imported by. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import { Kind, parse } from "graphql";

const schemaFolder = new URL("../../../../schema/", import.meta.url);
const target = new URL("../src/generated/", import.meta.url);

const read = (name) => readFileSync(new URL(name, schemaFolder), "utf8");
const documents = readdirSync(new URL("operations/", schemaFolder))
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => ({ location: name, document: parse(read(`operations/${name}`)) }));

const TEXT = { input: "string", output: "string" };
const scalars = {
  ID: TEXT,
  Cursor: TEXT,
  Date: TEXT,
  DateTime: TEXT,
  Decimal: TEXT,
  CurrencyCode: TEXT,
  ForecastPeriod: TEXT,
};

const types = await codegen({
  filename: "operations.ts",
  schema: parse(read("schema.graphql")),
  documents,
  plugins: [{ operations: {} }],
  pluginMap: { operations },
  config: {
    scalars,
    defaultScalarType: "unknown",
    enumType: "string-literal",
    enumsAsTypes: true,
    namingConvention: "keep",
    skipTypename: false,
    nonOptionalTypename: false,
    avoidOptionals: { field: true },
    arrayInputCoercion: false,
  },
});

const modules = documents.map(({ location, document }) => {
  const lines = document.definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map(({ name: { value: name }, operation }) => {
      const kind = operation[0].toUpperCase() + operation.slice(1);
      return `  export const ${name}: Trusted<types.${name}${kind}, types.${name}${kind}Variables>;`;
    });
  const imports = [
    '  import type { Trusted } from "@/portal/client/trusted";',
    '  import type * as types from "@/generated/operations";',
  ];
  return `declare module "@operations/${location}" {\n${[...imports, ...lines].join("\n")}\n}`;
});

mkdirSync(target, { recursive: true });
writeFileSync(new URL("operations.ts", target), types);
writeFileSync(new URL("modules.d.ts", target), `${modules.join("\n\n")}\n`);
