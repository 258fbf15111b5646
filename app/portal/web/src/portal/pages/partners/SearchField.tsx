import { useEffect, useRef, useState } from "react";
import { Icon } from "../../ui/Icon";

const TYPED = 250;

/** Words to search for: `choose` hears of them once nothing was typed for a moment. */
export function SearchField({ label, value, choose }: { label: string; value: string; choose: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(choose);
  useEffect(() => {
    latest.current = choose;
  });
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value.trim()) return undefined;
    const waiting = setTimeout(() => latest.current(typed.trim()), TYPED);
    return () => clearTimeout(waiting);
  }, [typed, value]);
  return (
    <label className="search">
      <Icon name="search" size={16} />
      <span className="unseen">{label}</span>
      <input
        type="search"
        value={typed}
        maxLength={200}
        placeholder={label}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}
