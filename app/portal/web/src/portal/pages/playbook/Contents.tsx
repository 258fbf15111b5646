import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { moved, type Stage } from "./model";

/** A piece of content, whatever languages it is there in. */
export interface Piece {
  id: string;
  key: string;
  title: string;
  kind: string;
}

interface Given {
  stage: Stage;
  change: (label: string, next: (stage: Stage) => Stage) => void;
  library: readonly Piece[];
}

/** What helps to sell in the stage, best first. */
export function Contents({ stage, change, library }: Given) {
  const say = useText();
  const known = new Map(library.map((piece) => [piece.key, piece]));
  const { contents } = stage;
  const free = library.filter(({ key }) => !contents.includes(key));
  const set = (next: (keys: string[]) => string[]) =>
    change("", (before) => ({ ...before, contents: next(before.contents) }));
  return (
    <section className="panel edit-part" data-field="contents" aria-label={say("playbook.contents")}>
      <header>
        <h2>{say("playbook.contents")}</h2>
        <span className="badge">{contents.length}</span>
      </header>
      {contents.length > 0 && (
        <ul className="content-list">
          {contents.map((key, place) => {
            const name = known.get(key)?.title ?? key;
            const kind = known.get(key)?.kind;
            return (
              <li key={key}>
                <span className="content-name">
                  {name} {kind && <span className="badge">{say(`content.kind.${kind}` as never)}</span>}
                </span>
                <span className="part-tools">
                  {([-1, 1] as const).map((step) => (
                    <button
                      key={step}
                      type="button"
                      className="plain"
                      disabled={step < 0 ? place === 0 : place === contents.length - 1}
                      aria-label={say(step < 0 ? "playbook.part.up" : "playbook.part.down", { name })}
                      onClick={() => set((keys) => moved(keys, (one) => one === key, step))}
                    >
                      <Icon name={step < 0 ? "up" : "down"} size={16} />
                    </button>
                  ))}
                  <button
                    type="button"
                    className="plain"
                    aria-label={say("playbook.part.remove", { name })}
                    onClick={() => set((keys) => keys.filter((one) => one !== key))}
                  >
                    <Icon name="remove" size={16} />
                  </button>
                </span>
              </li>
            );
          })}
        </ul>
      )}
      {free.length > 0 && (
        <div className="add-line">
          <Choice
            bare
            label={say("playbook.contents.new")}
            options={[
              { id: "", label: say("playbook.contents.new") },
              ...free.map(({ key, title }) => ({ id: key, label: title })),
            ]}
            value=""
            choose={(key) => key && set((keys) => [...keys, key])}
          />
        </div>
      )}
    </section>
  );
}
