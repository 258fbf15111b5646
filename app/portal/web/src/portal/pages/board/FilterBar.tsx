import { BoardPartners, BoardPeople } from "@operations/board.graphql";
import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { useText } from "../../messages/context";
import { useIsVendor, useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { type Filters, isFiltered } from "./filters";

/** Milliseconds without a key, after which a search is looked up. */
const TYPED = 250;

interface Given {
  filters: Filters;
  playbook: string;
  choose: (changes: { [Name in keyof Filters]?: Filters[Name] | undefined }) => void;
}

export function FilterBar({ filters, playbook, choose }: Given) {
  const say = useText();
  const { playbooks, user } = useViewer();
  const isVendor = useIsVendor();
  const [people] = useQuery({ query: BoardPeople });
  const [partners] = useQuery({ query: BoardPartners, pause: !isVendor });
  const all = { id: "", label: say("board.all") };
  const owners = (people.data?.users.nodes ?? []).filter(({ id }) => id !== user.id);
  return (
    <header className="board-filters">
      <h1>
        <Choice
          bare
          label={say("board.playbook")}
          options={playbooks.map(({ key, name }) => ({ id: key, label: name }))}
          value={playbook}
          choose={(key) => choose({ playbook: key })}
        />
      </h1>
      <Search value={filters.q ?? ""} choose={(q) => choose({ q: q || undefined })} />
      <Choice
        label={say("board.owner")}
        options={[
          all,
          { id: user.id, label: say("board.mine") },
          ...owners.map(({ id, name }) => ({ id, label: name })),
        ]}
        value={filters.owner ?? ""}
        choose={(id) => choose({ owner: id || undefined })}
      />
      {isVendor && (
        <Choice
          label={say("board.partner")}
          options={[all, ...(partners.data?.partners.nodes ?? []).map(({ id, name }) => ({ id, label: name }))]}
          value={filters.partner ?? ""}
          choose={(id) => choose({ partner: id || undefined })}
        />
      )}
      <label className="toggle">
        <input
          type="checkbox"
          checked={filters.stalled ?? false}
          onChange={(event) => choose({ stalled: event.target.checked || undefined })}
        />
        {say("board.stalled.only")}
      </label>
      {isFiltered(filters) && (
        <button
          type="button"
          className="button small"
          onClick={() => choose({ q: undefined, owner: undefined, partner: undefined, stalled: undefined })}
        >
          <Icon name="close" size={14} /> {say("board.clear")}
        </button>
      )}
    </header>
  );
}

function Search({ value, choose }: { value: string; choose: (value: string) => void }) {
  const say = useText();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const waiting = setTimeout(() => choose(typed.trim()), TYPED);
    return () => clearTimeout(waiting);
  }, [typed, value, choose]);
  return (
    <label className="search">
      <Icon name="search" size={16} />
      <span className="unseen">{say("board.search")}</span>
      <input
        type="search"
        value={typed}
        placeholder={say("board.search")}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}
