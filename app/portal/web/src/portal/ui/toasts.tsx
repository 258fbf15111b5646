/** Short notes at the edge of the window: what others did, and what didn't work. */

import { useSyncExternalStore } from "react";
import { useText } from "../messages/context";
import { Icon } from "./Icon";

interface Toast {
  id: number;
  text: string;
  tone: "news" | "good" | "bad";
}

const SHOWN_FOR = 6_000;
const MOST = 4;

let toasts: Toast[] = [];
let last = 0;
const watchers = new Set<() => void>();

function set(next: Toast[]): void {
  toasts = next;
  for (const watch of watchers) watch();
}

export function toast(text: string, tone: Toast["tone"] = "news"): void {
  last += 1;
  const id = last;
  set([...toasts, { id, text, tone }].slice(-MOST));
  // What went wrong stays until it was read.
  if (tone !== "bad") setTimeout(() => dismiss(id), SHOWN_FOR);
}

function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

export function Toasts() {
  const say = useText();
  const shown = useSyncExternalStore(watch, () => toasts);
  return (
    <section className="toasts" aria-live="polite" aria-label={say("toasts")}>
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={`toast ${tone}`}>
          <span>{text}</span>
          <button type="button" className="plain" aria-label={say("close")} onClick={() => dismiss(id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </section>
  );
}
