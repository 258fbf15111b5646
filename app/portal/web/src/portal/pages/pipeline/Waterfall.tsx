import type { Part } from "./chosen";

export interface Step {
  name: Part;
  label: string;
  value: number;
  /** A sum at an end, which stands on the ground. */
  isSum: boolean;
}

const WIDE = 600;
const HIGH = 220;
const TOP = 22;
const FOOT = 8;

/** Bars that begin where the one before ended. Their names stand in the table beside it. */
export function Waterfall({
  title,
  steps,
  says,
}: {
  title: string;
  steps: readonly Step[];
  says: (value: number) => string;
}) {
  let level = 0;
  const spans = steps.map((step) => {
    const from = step.isSum ? 0 : level;
    level = step.isSum ? step.value : level + step.value;
    return { ...step, from, to: level };
  });
  const most = Math.max(1, ...spans.flatMap(({ from, to }) => [from, to]));
  const y = (value: number) => TOP + (HIGH - TOP - FOOT) * (1 - Math.max(0, value) / most);
  const room = WIDE / Math.max(1, spans.length);
  const width = Math.min(72, room * 0.62);
  return (
    <svg className="waterfall" viewBox={`0 0 ${WIDE} ${HIGH + 18}`} role="img" aria-label={title}>
      <line className="ground" x1="0" x2={WIDE} y1={y(0)} y2={y(0)} />
      {spans.map(({ name, label, value, isSum, from, to }, place) => {
        const left = room * place + (room - width) / 2;
        const upper = Math.min(y(from), y(to));
        const next = spans[place + 1];
        return (
          <g key={name}>
            <rect
              className={isSum ? "tone-accent" : value > 0 || name === "won" ? "tone-good" : "tone-bad"}
              x={left}
              y={upper}
              width={width}
              height={Math.max(2, Math.abs(y(from) - y(to)))}
              rx="2"
            />
            <text x={left + width / 2} y={upper - 6} textAnchor="middle">
              {says(value)}
            </text>
            <text className="waterfall-name" x={left + width / 2} y={HIGH + 10} textAnchor="middle">
              {label}
            </text>
            {next && (
              <line
                className="bridge"
                x1={left + width}
                x2={room * (place + 1) + (room - width) / 2}
                y1={y(to)}
                y2={y(to)}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
