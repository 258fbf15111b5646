import { type MouseEvent, memo } from "react";
import { useFormats, useText } from "../../messages/context";
import { under } from "../../options";
import { useIsVendor } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { initials } from "../../ui/initials";
import type { Card } from "./state";

interface Given {
  card: Card;
  isCarried: boolean;
  /** Who moved it a moment ago; empty for nobody in particular. */
  news: string | undefined;
  pickUp: (card: Card, by: "pointer") => void;
  putDown: () => void;
  ask: (card: Card) => void;
  open: (card: Card) => void;
}

/** Not one that opens a tab or a window. */
function isPlain({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !(metaKey || ctrlKey || shiftKey || altKey);
}

/** There may be thousands: a link of the router's own would look at every change of the address. */
export const DealCard = memo(function DealCard({ card, isCarried, news, pickUp, putDown, ask, open }: Given) {
  const say = useText();
  const formats = useFormats();
  const isVendor = useIsVendor();
  return (
    <li
      className="card"
      data-card={card.id}
      data-carried={isCarried || undefined}
      data-news={news !== undefined || undefined}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", card.name);
        pickUp(card, "pointer");
      }}
      onDragEnd={putDown}
    >
      <p className="card-account">{card.account.name}</p>
      <a
        href={under(`deals/${card.id}`)}
        className="card-name"
        draggable={false}
        aria-describedby="board-help"
        onClick={(event) => {
          if (!isPlain(event)) return;
          event.preventDefault();
          open(card);
        }}
      >
        {card.name}
      </a>
      <button
        type="button"
        className="plain card-move"
        aria-label={say("board.move", { name: card.name })}
        onClick={() => ask(card)}
      >
        <Icon name="more" size={18} />
      </button>
      <p className="card-figures">
        <span className="card-amount">{card.amount ? formats.money(card.amount) : say("board.unknown")}</span>
        {card.status === "OPEN" && (
          <span
            className={card.stalled ? "badge warn" : "quiet"}
            title={say("board.days.in", { count: card.daysInStage })}
          >
            {card.stalled && <Icon name="clock" size={13} />}
            {say("board.days", { count: card.daysInStage })}
          </span>
        )}
      </p>
      {card.nextStep && card.status === "OPEN" && <p className="card-next">{card.nextStep}</p>}
      <p className="card-foot">
        <span className="card-who">{isVendor ? (card.partner?.name ?? card.owner?.name) : card.owner?.name}</span>
        {card.owner && (
          <span className="initials tiny" title={card.owner.name}>
            {initials(card.owner.name)}
          </span>
        )}
      </p>
      {news && <p className="card-news">{news}</p>}
    </li>
  );
});
