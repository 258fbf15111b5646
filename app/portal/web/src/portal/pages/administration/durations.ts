/** Spans of time in the reader's language: `1.2 s`, `3 min`. */

const STEPS: readonly [string, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function inWords(language: string, seconds: number): string {
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? (["second", 1] as const);
  const format = new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: size > 1 ? 0 : 1 });
  return format.format(seconds / size);
}

export function millisecondsInWords(language: string, milliseconds: number): string {
  if (milliseconds >= 1_000) return inWords(language, milliseconds / 1_000);
  const format = new Intl.NumberFormat(language, {
    style: "unit",
    unit: "millisecond",
    maximumFractionDigits: 0,
  });
  return format.format(milliseconds);
}
