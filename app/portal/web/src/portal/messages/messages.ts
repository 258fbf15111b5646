/** Texts of the pages by language. `en.json` says which there are; the others have the same, and load when needed. */

import en from "./en.json";

export type Key = keyof typeof en;
type Texts = Record<string, string>;
type Values = Record<string, string | number>;

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const OTHERS: Partial<Record<Language, () => Promise<{ default: Texts }>>> = {
  de: () => import("./de.json"),
};

const loaded = new Map<Language, Texts>([["en", en]]);

export async function load(language: Language): Promise<void> {
  const other = OTHERS[language];
  if (other && !loaded.has(language)) loaded.set(language, (await other()).default);
}

export function languageOf(tag: string): Language {
  const [first] = tag.toLowerCase().split("-");
  return first && Object.hasOwn(LANGUAGES, first) ? (first as Language) : "en";
}

/** `{name}` is replaced; with `count`, `KEY.one` comes before `KEY` where the language's plural rules say so. */
export function text(language: Language, key: Key, values?: Values): string {
  const texts: Texts = loaded.get(language) ?? en;
  const form = typeof values?.count === "number" ? plural(language, values.count) : undefined;
  const found = (form && texts[`${key}.${form}`]) ?? texts[key] ?? en[key];
  if (!values) return found;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const rules = new Map<Language, Intl.PluralRules>();

function plural(language: Language, count: number): string {
  let rule = rules.get(language);
  if (!rule) {
    rule = new Intl.PluralRules(language);
    rules.set(language, rule);
  }
  return rule.select(count);
}
