/** `node codegen.mjs SCHEMA DOCUMENT`: prints the persisted documents that GraphQL Code Generator writes of it. */

import { readFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/client-preset";
import { buildSchema, parse } from "graphql";

const [schemaFile, query] = process.argv.slice(2);
const sdl = await readFile(schemaFile, "utf8");
const sections = await preset.buildGeneratesSection({
  baseOutputDir: "gql/",
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  documents: [{ location: "board.ts", document: parse(query), rawSDL: query }],
  presetConfig: { persistedDocuments: true },
  config: {},
  plugins: [],
  pluginMap: {},
  pluginContext: {},
});
const written = await Promise.all(sections.map(async (section) => [section.filename, await codegen(section)]));
console.log(written.find(([name]) => name.endsWith("persisted-documents.json"))[1]);
