import { useEffect, useRef } from "react";
import type { BoardPlaybookQuery } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Skeleton } from "../../ui/states";
import type { Carried } from "./carrying";
import { DealCard } from "./DealCard";
import { isOpen, type Way } from "./moves";
import type { Board, Card } from "./state";

type Stage = NonNullable<BoardPlaybookQuery["playbook"]>["stages"][number];

interface Given {
  stage: Stage;
  board: Board;
  carried: Carried | undefined;
  way: Way | undefined;
  news: ReadonlyMap<string, string>;
  isFiltered: boolean;
  more: (stage: string, after: string | null) => void;
  pickUp: (card: Card, by: "pointer") => void;
  hover: (stage: string) => void;
  putDown: () => void;
  drop: (held: Carried, stage: string) => void;
  ask: (card: Card) => void;
  open: (card: Card) => void;
}

export function Column(given: Given) {
  const { stage, board, carried, way, news, isFiltered, more, pickUp, hover, putDown, drop, ask, open } = given;
  const say = useText();
  const column = board.columns[stage.key];
  const cards = (column?.ids ?? []).flatMap((id) => board.cards.get(id) ?? []);
  const isOver = carried?.over === stage.key && carried.card.stage.key !== stage.key;
  return (
    <section
      className="column"
      data-stage={stage.key}
      data-kind={stage.kind}
      data-over={isOver || undefined}
      data-way={carried && way ? (isOpen(way) ? "open" : "blocked") : undefined}
      aria-labelledby={`stage-${stage.id}`}
      onDragOver={(event) => {
        if (!carried) return;
        hover(stage.key);
        if (!way || isOpen(way)) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        if (carried) drop(carried, stage.key);
      }}
    >
      <Heading stage={stage} board={board} />
      {carried && carried.card.stage.key !== stage.key && <Offer carried={carried} way={way} isOver={isOver} />}
      <div className="cards-scroll">
        {cards.length > 0 && (
          <ul className="cards">
            {cards.map((card) => (
              <DealCard
                key={card.id}
                card={card}
                isCarried={carried?.card.id === card.id}
                news={news.get(card.id)}
                pickUp={pickUp}
                putDown={putDown}
                ask={ask}
                open={open}
              />
            ))}
          </ul>
        )}
        {column?.state === "loading" && <Skeleton lines={cards.length ? 1 : 4} />}
        {cards.length === 0 && column?.state === "whole" && (
          <p className="column-empty">{say(isFiltered ? "board.empty.filtered" : "board.empty")}</p>
        )}
        {(column?.state === "more" || column?.state === "failed") && (
          <NextPage
            key={column.after}
            load={() => more(stage.key, column.after)}
            isManual={column.state === "failed"}
          />
        )}
      </div>
    </section>
  );
}

function Heading({ stage, board }: { stage: Stage; board: Board }) {
  const say = useText();
  const formats = useFormats();
  const figures = board.figures[stage.key];
  const count = figures?.count ?? 0;
  const isCounted = Object.keys(board.figures).length > 0;
  const sum = (figures?.amount ?? []).filter(({ amount }) => Number(amount) !== 0);
  const sums = sum.map((money) => formats.shortMoney(money)).join(" + ");
  return (
    <header className="column-head">
      <h2 id={`stage-${stage.id}`}>{stage.name}</h2>
      <span className="column-count">
        <span aria-hidden="true">{isCounted ? formats.number(count) : "\u00a0"}</span>
        <span className="unseen">{isCounted ? say("board.count", { count }) : say("state.loading")}</span>
      </span>
      <p className="column-sum">
        <span title={sums}>{sums || (isCounted ? "–" : "\u00a0")}</span>
        {figures && figures.stalledCount > 0 && stage.kind === "OPEN" && (
          <span className="badge warn">{say("board.stalled", { count: figures.stalledCount })}</span>
        )}
      </p>
    </header>
  );
}

const MOST_MISSING = 6;

/** What the move of the card that is held takes, before it is dropped. */
function Offer({ carried, way, isOver }: { carried: Carried; way: Way | undefined; isOver: boolean }) {
  const say = useText();
  if (!carried.ways) return <p className="offer">{say("board.looking")}</p>;
  if (!way) return null;
  const blocked = way.missing.length > 0;
  return (
    <div className="offer" data-blocked={blocked || undefined}>
      <p>
        <Icon name={blocked ? "lock" : "arrow"} size={16} />
        {say(
          blocked
            ? way.overridable
              ? "board.overridable"
              : "board.blocked"
            : way.needsReason
              ? "board.drop.reason"
              : "board.drop",
        )}
      </p>
      {blocked && isOver && (
        <ul>
          {way.missing.slice(0, MOST_MISSING).map((message) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Loads the column's next page once its end comes into sight. */
function NextPage({ load, isManual }: { load: () => void; isManual: boolean }) {
  const say = useText();
  const end = useRef<HTMLButtonElement>(null);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const seen = end.current;
    if (!seen || isManual) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) latest.current();
      },
      { rootMargin: "600px" },
    );
    observer.observe(seen);
    return () => observer.disconnect();
  }, [isManual]);
  return (
    <button ref={end} type="button" className="button small next-page" onClick={load}>
      {say(isManual ? "problem.retry" : "board.add")}
    </button>
  );
}
