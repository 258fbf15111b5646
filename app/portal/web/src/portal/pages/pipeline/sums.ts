export interface Money {
  amount: string;
  currency: string;
}

/** Of sums in several currencies, that in one; 0 where there is none. */
export function inCurrency(sums: readonly Money[], currency: string): number {
  const found = sums.find((one) => one.currency === currency);
  return found ? Number(found.amount) : 0;
}

/** All currencies of some sums, that of the largest number of them first: the one that tells most. */
export function currenciesOf(sums: readonly (readonly Money[])[]): string[] {
  const counts = new Map<string, number>();
  for (const { amount, currency } of sums.flat()) {
    if (Number(amount) !== 0) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, some], [b, others]) => others - some || a.localeCompare(b))
    .map(([currency]) => currency);
}
