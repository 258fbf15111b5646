/** What the board shows: pages of cards by stage, figures, and what became of cards since. Pure. */

import type { BoardFiguresQuery, CardFragment } from "@/generated/operations";

export type Card = CardFragment;
export type Figures = Pick<BoardFiguresQuery["pipeline"]["stages"][number], "count" | "stalledCount" | "amount">;

export interface Column {
  ids: readonly string[];
  /** Where the next page begins; null when there is none. */
  after: string | null;
  state: "new" | "loading" | "more" | "whole" | "failed";
}

export interface Board {
  cards: ReadonlyMap<string, Card>;
  columns: Readonly<Record<string, Column>>;
  figures: Readonly<Record<string, Figures>>;
}

export type Change =
  | { kind: "emptied"; stages: readonly string[] }
  | { kind: "asked"; stage: string }
  | { kind: "failed"; stage: string }
  | { kind: "paged"; stage: string; cards: readonly Card[]; after: string | null }
  | { kind: "counted"; figures: BoardFiguresQuery["pipeline"]["stages"] }
  | { kind: "placed"; card: Card; at?: number }
  | { kind: "left"; id: string };

export const NOTHING: Board = { cards: new Map(), columns: {}, figures: {} };
const NEW: Column = { ids: [], after: null, state: "new" };
const NONE: Figures = { count: 0, stalledCount: 0, amount: [] };

export function changed(board: Board, change: Change): Board {
  switch (change.kind) {
    case "emptied":
      return { cards: new Map(), columns: Object.fromEntries(change.stages.map((key) => [key, NEW])), figures: {} };
    case "asked":
      return withColumn(board, change.stage, { state: "loading" });
    case "failed":
      return withColumn(board, change.stage, { state: "failed" });
    case "paged":
      return paged(board, change.stage, change.cards, change.after);
    case "counted":
      return { ...board, figures: Object.fromEntries(change.figures.map((one) => [one.stage.key, one])) };
    case "placed":
      return placed(board, change.card, change.at);
    case "left":
      return left(board, change.id);
  }
}

function withColumn(board: Board, stage: string, part: Partial<Column>): Board {
  const column = board.columns[stage] ?? NEW;
  return { ...board, columns: { ...board.columns, [stage]: { ...column, ...part } } };
}

/** A page may have cards that moved here meanwhile, or lack the ones that left: what came later counts. */
function paged(board: Board, stage: string, page: readonly Card[], after: string | null): Board {
  const cards = new Map(board.cards);
  const ids = [...(board.columns[stage]?.ids ?? [])];
  const there = new Set(ids);
  for (const card of page) {
    const known = cards.get(card.id);
    if (known && known.version > card.version) continue;
    cards.set(card.id, card);
    if (!there.has(card.id)) ids.push(card.id);
  }
  return withColumn({ ...board, cards }, stage, { ids, after, state: after === null ? "whole" : "more" });
}

function placed(board: Board, card: Card, at = 0): Board {
  const known = board.cards.get(card.id);
  if (known && known.version > card.version) return board;
  const cards = new Map(board.cards).set(card.id, card);
  if (known?.stage.key === card.stage.key) {
    return { ...board, cards, figures: shifted(shifted(board.figures, known, -1), card, 1) };
  }
  const columns = without(board.columns, known?.stage.key, card.id);
  const target = columns[card.stage.key] ?? NEW;
  const ids = [...target.ids.slice(0, at), card.id, ...target.ids.slice(at)];
  const figures = shifted(known ? shifted(board.figures, known, -1) : board.figures, card, 1);
  return { cards, figures, columns: { ...columns, [card.stage.key]: { ...target, ids } } };
}

function left(board: Board, id: string): Board {
  const known = board.cards.get(id);
  if (!known) return board;
  const cards = new Map(board.cards);
  cards.delete(id);
  return {
    cards,
    columns: without(board.columns, known.stage.key, id),
    figures: shifted(board.figures, known, -1),
  };
}

function without(columns: Board["columns"], stage: string | undefined, id: string): Board["columns"] {
  const column = stage === undefined ? undefined : columns[stage];
  if (stage === undefined || !column) return columns;
  return { ...columns, [stage]: { ...column, ids: column.ids.filter((one) => one !== id) } };
}

/** Until the server counts anew. */
function shifted(figures: Board["figures"], card: Card, by: 1 | -1): Board["figures"] {
  const before = figures[card.stage.key] ?? NONE;
  return {
    ...figures,
    [card.stage.key]: {
      count: Math.max(0, before.count + by),
      stalledCount: Math.max(0, before.stalledCount + (card.stalled ? by : 0)),
      amount: sums(before.amount, card.amount, by),
    },
  };
}

function sums(before: Figures["amount"], amount: Card["amount"], by: 1 | -1): Figures["amount"] {
  if (!amount) return before;
  const added = Number(amount.amount) * by;
  if (!before.some((one) => one.currency === amount.currency)) {
    return by > 0 ? [...before, amount] : before;
  }
  return before.map((one) =>
    one.currency === amount.currency ? { ...one, amount: String(Number(one.amount) + added) } : one,
  );
}
