import type { ReactNode } from "react";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";

interface Given {
  name: string;
  partKey: string;
  place: number;
  count: number;
  isFaulty: boolean;
  move: (step: number) => void;
  remove: () => void;
  children: ReactNode;
}

/** A criterion or an activity, with its place among the others. */
export function PartCard({ name, partKey, place, count, isFaulty, move, remove, children }: Given) {
  const say = useText();
  return (
    <li className="part-card" data-part={partKey} data-faulty={isFaulty || undefined}>
      <div className="part-body">{children}</div>
      <div className="part-tools">
        <button
          type="button"
          className="plain"
          disabled={place === 0}
          aria-label={say("playbook.part.up", { name })}
          onClick={() => move(-1)}
        >
          <Icon name="up" size={16} />
        </button>
        <button
          type="button"
          className="plain"
          disabled={place === count - 1}
          aria-label={say("playbook.part.down", { name })}
          onClick={() => move(1)}
        >
          <Icon name="down" size={16} />
        </button>
        <button type="button" className="plain" aria-label={say("playbook.part.remove", { name })} onClick={remove}>
          <Icon name="remove" size={16} />
        </button>
      </div>
    </li>
  );
}
