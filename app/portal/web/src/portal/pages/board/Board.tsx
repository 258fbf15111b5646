import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from "react";
import { useClient } from "urql";
import type { BoardPlaybookQuery } from "@/generated/operations";
import { useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Problem } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { Column } from "./Column";
import { type Carried, useCarrying } from "./carrying";
import { type Filters, filterOf, isFiltered } from "./filters";
import { MoveDialog } from "./MoveDialog";
import { asks, isOpen, move, type Said, type Way } from "./moves";
import type { Card } from "./state";
import { type Heard, useBoard } from "./useBoard";

type Playbook = NonNullable<BoardPlaybookQuery["playbook"]>;

/** How long a card that somebody else changed says so, in milliseconds. */
const NEWS = 8_000;

export function Board({ playbook, filters }: { playbook: Playbook; filters: Filters }) {
  const say = useText();
  const client = useClient();
  const news = useNews(playbook);
  const keys = useMemo(() => playbook.stages.map(({ key }) => key), [playbook]);
  const { board, change, more, failure, reload, countSoon } = useBoard(
    filterOf(playbook.key, filters),
    keys,
    news.heard,
  );
  const { carried, pickUp, hover, putDown } = useCarrying();
  const [asking, setAsking] = useState<{ card: Card; to?: string }>();
  const navigate = useNavigate();
  const ask = useCallback((card: Card) => setAsking({ card }), []);
  const open = useCallback((card: Card) => void navigate({ to: `/deals/${card.id}` }), [navigate]);
  const nameOf = useCallback((key: string) => playbook.stages.find((one) => one.key === key)?.name ?? key, [playbook]);
  const root = useRef<HTMLDivElement>(null);

  const go = useCallback(
    async (card: Card, to: string, said: Said) => {
      const at = board.columns[card.stage.key]?.ids.indexOf(card.id) ?? 0;
      change({ kind: "placed", card: { ...card, stage: { ...card.stage, key: to } } });
      const outcome = await move(client, card, to, said);
      if (outcome.kind === "refused") {
        change({ kind: "placed", card, at });
        toast([say("board.putback", { name: card.name }), ...outcome.messages].join(" "), "bad");
      } else {
        change({ kind: "placed", card: outcome.card });
        const stage = nameOf(outcome.card.stage.key);
        if (outcome.kind === "conflict") toast(say("board.conflict", { name: card.name, stage }), "bad");
        else toast(say("board.moved", { name: card.name, stage }), "good");
      }
      countSoon();
      return outcome;
    },
    [board, change, client, countSoon, nameOf, say],
  );

  const drop = useCallback(
    (held: Carried, stage: string) => {
      putDown();
      const way = held.ways?.find((one) => one.stage === stage);
      if (stage === held.card.stage.key) return;
      // Not known yet, or something to be said first: a window asks.
      if (!way || asks(way) || !isOpen(way)) setAsking({ card: held.card, to: stage });
      else void go(held.card, stage, {}).then(() => focusCard(root.current, held.card.id));
    },
    [go, putDown],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>("[data-card]")?.dataset.card;
    const card = id ? board.cards.get(id) : undefined;
    if (carried?.by === "key") {
      const step = steps(event.currentTarget as HTMLElement)[event.key] ?? 0;
      const next = keys[keys.indexOf(carried.over) + step];
      if (event.key === "Escape") putDown();
      else if (event.key === " " || event.key === "Enter") drop(carried, carried.over);
      else if (step && next) hover(next);
      else if (event.key !== "Tab") return;
      event.preventDefault();
      return;
    }
    if (!card || !(event.target as HTMLElement).matches("a")) return;
    if (event.key === " ") pickUp(card, "key");
    else if (event.key.startsWith("Arrow")) walk(event, keys, board.columns, card, root.current);
    else return;
    event.preventDefault();
  };

  if (failure && board.cards.size === 0) {
    return (
      <div className="page">
        <Problem failure={failure} retry={() => void reload()} />
      </div>
    );
  }
  return (
    <>
      <p className="unseen" id="board-help">
        {say("board.help")}
      </p>
      <p className="unseen" aria-live="assertive">
        {carried?.by === "key" && spoken(say, carried, nameOf)}
      </p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the links inside */}
      <div ref={root} className="columns" onKeyDown={onKeyDown} tabIndex={board.cards.size ? undefined : 0}>
        {playbook.stages.map((stage) => (
          <Column
            key={stage.key}
            stage={stage}
            board={board}
            carried={carried}
            way={carried?.ways?.find((one) => one.stage === stage.key)}
            news={news.shown}
            isFiltered={isFiltered(filters)}
            more={more}
            pickUp={pickUp}
            hover={hover}
            putDown={putDown}
            drop={drop}
            ask={ask}
            open={open}
          />
        ))}
      </div>
      {asking && (
        <MoveDialog
          {...asking}
          playbook={playbook}
          close={() => setAsking(undefined)}
          go={(to, said) => {
            setAsking(undefined);
            void go(board.cards.get(asking.card.id) ?? asking.card, to, said);
          }}
        />
      )}
    </>
  );
}

/** What others did to cards, for a while. */
function useNews(playbook: Playbook) {
  const say = useText();
  const { user } = useViewer();
  const [shown, setShown] = useState<ReadonlyMap<string, string>>(new Map());
  const heard = useCallback(
    ({ opportunity, opportunityId, transition }: Heard) => {
      if (!transition || !opportunity || transition.actor?.id === user.id) return;
      const stage = playbook.stages.find((one) => one.key === transition.toStage.key)?.name ?? transition.toStage.name;
      const who = transition.actor?.name;
      const values = { name: opportunity.name, stage };
      const told =
        transition.automatic || !who ? say("board.moved.itself", values) : say("board.moved.by", { ...values, who });
      toast(told);
      setShown((before) => new Map(before).set(opportunityId, transition.automatic || !who ? "" : who));
      setTimeout(() => {
        setShown((before) => {
          const after = new Map(before);
          after.delete(opportunityId);
          return after;
        });
      }, NEWS);
    },
    [playbook, say, user.id],
  );
  return { shown, heard };
}

function spoken(
  say: ReturnType<typeof useText>,
  { card, over, ways }: Carried,
  nameOf: (key: string) => string,
): string {
  if (over === card.stage.key) return say("board.carried", { name: card.name });
  if (!ways) return say("board.looking");
  const way: Way | undefined = ways.find((one) => one.stage === over);
  if (!way?.missing.length) return say("board.offered", { stage: nameOf(over) });
  return say("board.offered.blocked", { stage: nameOf(over), why: way.missing.join(" ") });
}

function steps(within: HTMLElement): Record<string, number> {
  const forward = getComputedStyle(within).direction === "rtl" ? -1 : 1;
  return { ArrowRight: forward, ArrowLeft: -forward };
}

function walk(
  event: KeyboardEvent,
  keys: readonly string[],
  columns: Readonly<Record<string, { ids: readonly string[] }>>,
  card: Card,
  root: HTMLElement | null,
): void {
  const ids = columns[card.stage.key]?.ids ?? [];
  const row = ids.indexOf(card.id);
  const rows: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
  const down = rows[event.key];
  if (down) {
    focusCard(root, ids[row + down]);
    return;
  }
  const step = steps(event.currentTarget as HTMLElement)[event.key] ?? 0;
  for (let place = keys.indexOf(card.stage.key) + step; keys[place]; place += step) {
    const beside = columns[keys[place] ?? ""]?.ids ?? [];
    if (beside.length) {
      focusCard(root, beside[Math.min(row, beside.length - 1)]);
      return;
    }
  }
}

function focusCard(root: HTMLElement | null, id: string | undefined): void {
  if (id) root?.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"] a`)?.focus();
}
