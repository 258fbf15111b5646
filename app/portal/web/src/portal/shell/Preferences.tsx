import { useState } from "react";
import { useLocale, useText } from "../messages/context";
import { LANGUAGES, type Language } from "../messages/messages";
import { Choice } from "../ui/Choice";
import { Icon } from "../ui/Icon";
import { choose, THEMES, type Theme, theme } from "./theme";

const languages = Object.entries(LANGUAGES).map(([id, label]) => ({ id, label }));

/** Language and theme. `chosen` hears of another language. */
export function Preferences({ chosen }: { chosen?: (language: Language) => void }) {
  const say = useText();
  const locale = useLocale();
  const [shown, setShown] = useState<Theme>(theme);
  return (
    <div className="preferences">
      <Choice
        bare
        label={say("preference.language")}
        options={languages}
        value={locale.language}
        before={<Icon name="globe" size={16} />}
        choose={(id) => {
          locale.choose(id as Language);
          chosen?.(id as Language);
        }}
      />
      <Choice
        bare
        label={say("preference.theme")}
        options={THEMES.map((id) => ({ id, label: say(`theme.${id}`) }))}
        value={shown}
        before={<Icon name={shown === "dark" ? "moon" : "sun"} size={16} />}
        choose={(id) => {
          choose(id as Theme);
          setShown(id as Theme);
        }}
      />
    </div>
  );
}
