/** The browser's storage, where GraphiQL keeps tabs and history: without headers, since they hold tokens. */

import type { Storage } from "@graphiql/toolkit";

const HISTORY = new Set(["graphiql:queries", "graphiql:favorites"]);
const HEADERS = "graphiql:headers";

const withoutHeaders = (key: string, value: unknown): unknown => (key === "headers" ? undefined : value);

export const storage: Storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  setItem(key, value) {
    if (key === HEADERS) return;
    localStorage.setItem(key, HISTORY.has(key) ? JSON.stringify(JSON.parse(value), withoutHeaders) : value);
  },
};
