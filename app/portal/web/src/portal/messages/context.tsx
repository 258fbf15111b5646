import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { makeFormats } from "./formats";
import { type Key, type Language, languageOf, load, text } from "./messages";

interface Locale {
  language: Language;
  choose(language: Language): void;
}

const CHOSEN = "stagepath:language";
const Context = createContext<Locale>({ language: "en", choose: () => undefined });

export function firstLanguage(): Language {
  return languageOf(localStorage.getItem(CHOSEN) ?? navigator.language);
}

export function LocaleProvider({ first, children }: { first: Language; children: ReactNode }) {
  const [language, setLanguage] = useState(first);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const locale = useMemo<Locale>(
    () => ({
      language,
      choose(next) {
        localStorage.setItem(CHOSEN, next);
        void load(next).then(() => setLanguage(next));
      },
    }),
    [language],
  );
  return (
    <Context value={locale}>
      <I18nProvider locale={language}>{children}</I18nProvider>
    </Context>
  );
}

export function useLocale(): Locale {
  return use(Context);
}

/** The texts of the language in use: `say("board.moved", { name })`. */
export function useText() {
  const { language } = use(Context);
  return useMemo(() => (key: Key, values?: Record<string, string | number>) => text(language, key, values), [language]);
}

export function useFormats() {
  const { language } = use(Context);
  return useMemo(() => makeFormats(language), [language]);
}
