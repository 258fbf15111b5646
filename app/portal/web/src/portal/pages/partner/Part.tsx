import type { ReactNode } from "react";
import { useId } from "react";

/** A titled part of the page, with what may be done with it at the end of its heading. */
export function Part(given: { title: string; count?: number | undefined; end?: ReactNode; children: ReactNode }) {
  const { title, count, end, children } = given;
  const id = useId();
  return (
    <section className="panel part" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {count !== undefined && count > 0 && <span className="badge">{count}</span>}
        {end && <span className="part-end">{end}</span>}
      </header>
      {children}
    </section>
  );
}
