/** Dates, numbers and money as the reader's language and region write them. */

interface Money {
  amount: string;
  currency: string;
}

const region = (language: string) =>
  navigator.languages.find((one) => one.toLowerCase().startsWith(`${language}-`)) ?? language;

const DAY = 86_400_000;
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * DAY],
  ["month", 30 * DAY],
  ["week", 7 * DAY],
  ["day", DAY],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

export function makeFormats(language: string) {
  const locale = region(language);
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent" });
  const dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const shortDates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const days = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const money = new Map<string, Intl.NumberFormat>();

  function moneyFormat(currency: string, compact: boolean): Intl.NumberFormat {
    const key = `${currency}${compact}`;
    let found = money.get(key);
    if (!found) {
      found = new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        ...(compact
          ? { notation: "compact" as const, maximumSignificantDigits: 3 }
          : { minimumFractionDigits: 0, maximumFractionDigits: 2 }),
      });
      money.set(key, found);
    }
    return found;
  }

  return {
    number: (value: number) => numbers.format(value),
    percent: (value: number) => percents.format(value),
    /** Of a calendar day, such as `2026-05-01`, which is the same one everywhere. */
    date: (day: string) => dates.format(new Date(`${day.slice(0, 10)}T00:00:00Z`)),
    shortDate: (day: string) => shortDates.format(new Date(`${day.slice(0, 10)}T00:00:00Z`)),
    time: (moment: string) => times.format(new Date(moment)),
    /** The day that it is where the reader is. */
    today: () => days.format(new Date()),
    ago(moment: string): string {
      const passed = new Date(moment).getTime() - Date.now();
      const [unit, length] = STEPS.find(([, size]) => Math.abs(passed) >= size) ?? ["minute" as const, 60_000];
      return ago.format(Math.round(passed / length), unit);
    },
    money: ({ amount, currency }: Money) => moneyFormat(currency, false).format(Number(amount)),
    shortMoney: ({ amount, currency }: Money) => moneyFormat(currency, true).format(Number(amount)),
  };
}

export type Formats = ReturnType<typeof makeFormats>;
