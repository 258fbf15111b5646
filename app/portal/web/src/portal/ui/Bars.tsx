import type { ReactNode } from "react";

export interface Bar {
  key: string;
  label: string;
  /** In words, beside the bar. */
  says: ReactNode;
  /** Lengths one after the other, in the unit of `most`. */
  parts: readonly { length: number; tone: Tone }[];
}

export type Tone = "good" | "accent" | "soft" | "faint" | "bad" | "warn";

interface Given {
  /** Of the picture, for whoever can't see it; the figures stand in the table beside it. */
  title: string;
  bars: readonly Bar[];
  most: number;
}

const WIDE = 100;
const HIGH = 12;

/** Horizontal bars on one scale. */
export function Bars({ title, bars, most }: Given) {
  return (
    <figure className="bars" aria-label={title}>
      {bars.map(({ key, label, says, parts }) => (
        <div key={key} className="bar">
          <span className="bar-label">{label}</span>
          <BarShape parts={parts} most={most} />
          <span className="bar-says">{says}</span>
        </div>
      ))}
    </figure>
  );
}

export function BarShape({ parts, most }: { parts: Bar["parts"]; most: number }) {
  let start = 0;
  return (
    <svg
      className="bar-shape"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect className="tone-track" width={WIDE} height={HIGH} rx="1" />
      {parts.map(({ length, tone }, place) => {
        const at = start;
        const width = most > 0 ? (Math.max(0, length) / most) * WIDE : 0;
        start += width;
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name than their place
        return <rect key={place} className={`tone-${tone}`} x={at} width={width} height={HIGH} rx="1" />;
      })}
    </svg>
  );
}
