/** The board's reducer on its own: `node --test state.mjs STATE_TS`, with the types stripped by Node. */

import assert from "node:assert/strict";
import test from "node:test";

const { changed, NOTHING } = await import(process.env.STATE);

const card = (id, stage, version = 1, amount = "10") => ({
  id, version, stage: { key: stage }, stalled: false, amount: { amount, currency: "EUR" },
});
const figures = (key, count, amount) => ({ stage: { key }, count, stalledCount: 0, amount: [{ amount, currency: "EUR" }] });
const after = (...changes) => changes.reduce(changed, NOTHING);
const shown = (board) => Object.fromEntries(Object.entries(board.columns).map(([key, { ids }]) => [key, ids]));

const FILLED = [
  { kind: "emptied", stages: ["a", "b"] },
  { kind: "paged", stage: "a", cards: [card("1", "a"), card("2", "a"), card("3", "a")], after: "x" },
  { kind: "paged", stage: "b", cards: [], after: null },
  { kind: "counted", figures: [figures("a", 3, "30"), figures("b", 0, "0")] },
];

test("a move shows at once, and its figures with it", () => {
  const board = after(...FILLED, { kind: "placed", card: card("2", "b") });
  assert.deepEqual(shown(board), { a: ["1", "3"], b: ["2"] });
  assert.deepEqual([board.figures.a.count, board.figures.b.count], [2, 1]);
  assert.equal(board.figures.b.amount[0].amount, "10");
});

test("a refused move puts the card back where it was", () => {
  const before = after(...FILLED);
  const board = after(...FILLED, { kind: "placed", card: card("2", "b") }, { kind: "placed", card: card("2", "a"), at: 1 });
  assert.deepEqual(shown(board), shown(before));
  assert.equal(board.figures.a.count, 3);
  assert.deepEqual(board.figures.a.amount, before.figures.a.amount);
});

test("what is older than what is shown changes nothing", () => {
  const moved = { kind: "placed", card: card("2", "b", 5) };
  const board = after(...FILLED, moved, { kind: "placed", card: card("2", "a", 4) }, { ...FILLED[1], after: null });
  assert.deepEqual(shown(board), { a: ["1", "3"], b: ["2"] });
});

test("a deal that was out of sight comes to the top of its column, and one that leaves is gone", () => {
  const board = after(...FILLED, { kind: "placed", card: card("9", "a") }, { kind: "left", id: "1" });
  assert.deepEqual(shown(board), { a: ["9", "2", "3"], b: [] });
  assert.equal(board.figures.a.count, 3);
});

test("pages follow one another, and no card comes twice", () => {
  const board = after(...FILLED, { kind: "paged", stage: "a", cards: [card("3", "a"), card("4", "a")], after: null });
  assert.deepEqual(shown(board).a, ["1", "2", "3", "4"]);
  assert.equal(board.columns.a.state, "whole");
});
