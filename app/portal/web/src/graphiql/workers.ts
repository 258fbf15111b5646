/** Monaco's workers, from our own origin. */

import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";
import { createTrustedTypesPolicy } from "../csp";

const WORKERS: Record<string, new () => Worker> = { json: JsonWorker, graphql: GraphQLWorker };

Object.assign(globalThis, {
  MonacoEnvironment: {
    createTrustedTypesPolicy,
    getWorker: (_id: string, label: string) => new (WORKERS[label] ?? EditorWorker)(),
  },
});
