import { BoardPlaybook } from "@operations/board.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useQuery } from "urql";
import "./board.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useViewer } from "../../shell/viewer";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { Board } from "./Board";
import { FilterBar } from "./FilterBar";
import type { Filters } from "./filters";

/** The open playbook's stages, side by side. */
export default function BoardPage() {
  const say = useText();
  const filters: Filters = useSearch({ strict: false });
  const { playbooks } = useViewer();
  const navigate = useNavigate();
  const key = filters.playbook ?? playbooks[0]?.key;
  const [result, again] = useQuery({ query: BoardPlaybook, variables: { key: key ?? "" }, pause: !key });
  const playbook = result.data?.playbook;
  useTitle(playbook ? say("board.board", { name: playbook.name }) : say("board"));
  const choose = (changes: { [Name in keyof Filters]?: Filters[Name] | undefined }) =>
    void navigate({ to: "/board", search: { ...filters, ...changes } as never, replace: true });
  if (!key) {
    return (
      <div className="page">
        <Empty icon="board" title={say("board.none")} />
      </div>
    );
  }
  return (
    <div className="board-page">
      <FilterBar filters={filters} playbook={key} choose={choose} />
      <Ready
        result={result}
        retry={() => again({ requestPolicy: "network-only" })}
        waiting={
          <div className="columns">
            {[1, 2, 3, 4, 5].map((place) => (
              <div key={place} className="column">
                <Skeleton lines={5} />
              </div>
            ))}
          </div>
        }
      >
        {({ playbook }) =>
          playbook ? (
            <Board key={playbook.id} playbook={playbook} filters={filters} />
          ) : (
            <Empty icon="board" title={say("board.missing")} />
          )
        }
      </Ready>
    </div>
  );
}
