/**
 * Functions that read pages' filters from addresses, given garbage: `READERS=JSON node --test addresses.mjs`, each with `path`, `file`
 * and `name`. Which names of filters a function knows shows in what it asks for.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { namesOf } from "./names.mjs";

const HOSTILE = [
  "constructor", "__proto__", "toString", "hasOwnProperty", "", " ", "x".repeat(100_000), "\u0000", "\ud800", "'; --", "<b>", "%00", "2026-13-45", "2026-02-30", "0000-00-00",
  -1, 0, 1e21, Number.NaN, Number.POSITIVE_INFINITY, true, false, null, undefined, [], ["constructor"], {}, { toString: null }, [[{}]],
];
const LONGEST = 2_000;

const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text);

for (const { path, file, name } of JSON.parse(process.env.READERS).filter((one) => one.file)) {
  const read = (await import(file))[name];
  test(`${path}: garbage is left out, and what is left is read as itself`, () => {
    const names = namesOf(read);
    assert.ok(names.length, "it asks for no filter");
    for (const value of HOSTILE) {
      const found = read(Object.fromEntries([...names, "unknown", "__proto__"].map((one) => [one, value])));
      assert.ok(Object.keys(found).every((one) => names.includes(one)), `${Object.keys(found)} of ${names}`);
      for (const [key, one] of Object.entries(found)) {
        assert.ok(["string", "boolean", "number"].includes(typeof one), `${typeof one} of ${JSON.stringify(value)}`);
        assert.ok(String(one).length <= LONGEST);
        assert.ok(!isDay(one) || !/(^f|F)rom$|(^t|T)o$|[dD]ay|[dD]ate/.test(key) || Number.isFinite(Date.parse(one)), `${key}: ${one}`);
        assert.ok(one !== value || typeof value !== "object");
      }
      assert.deepEqual(read(found), found);
    }
    assert.deepEqual(read({}), {});
  });
  test(`${path}: filters are its own, not those of the prototype`, () => {
    for (const value of Object.getOwnPropertyNames(Object.prototype)) {
      for (const one of namesOf(read)) {
        const found = read({ [one]: value })[one];
        assert.ok(found === undefined || found === value);
      }
    }
  });
}
