/** Who asks: a choice among the demo's people, whose token stands in the headers. */

import { useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";
import { choose, current, headersOf, type Person } from "./people";

const ROLES: Record<string, string> = {
  VENDOR_ADMIN: "vendor’s administrator",
  CHANNEL_MANAGER: "channel manager",
  PARTNER_MANAGER: "partner manager",
  PARTNER_SELLER: "partner seller",
};

export function Chooser({ people }: { people: Person[] }) {
  const editor = useGraphiQL((state) => state.headerEditor);
  const tab = useGraphiQL((state) => state.activeTabIndex);
  const [name, setName] = useState(current()?.name ?? "");

  // A tab that was restored has no headers: they aren't kept.
  // biome-ignore lint/correctness/useExhaustiveDependencies: filled in again in each tab
  useEffect(() => {
    const person = current();
    if (editor && person && !editor.getValue().trim()) editor.setValue(headersOf(person));
  }, [editor, tab]);

  function become(next: string) {
    setName(next);
    const person = choose(next);
    if (person) editor?.setValue(headersOf(person));
  }

  return (
    <label className="person">
      <span>Ask as</span>
      <select value={name} onChange={(event) => become(event.target.value)}>
        {people.map((person) => (
          <option key={person.name} value={person.name}>
            {person.name}, {ROLES[person.role] ?? person.role}, {person.organization}
          </option>
        ))}
      </select>
    </label>
  );
}
