/**
 * Texts and their translations, as they are sent.
 *
 * The API gives each text in the reader's language, and takes a text that it has given so for the one that it stands
 * for. So who reads a translation changes that; over the playbook's own text, its translations are void, and are back
 * as soon as the text is what it was.
 */

import { type Doc, LISTS, type Part } from "./model.ts";

type Texts = Record<string, string | null>;
interface Translated {
  translations: { language: string }[];
}

const NAMES = {
  playbook: ["name", "description"],
  stage: ["name", "definition"],
  entryCriteria: ["description", "customerWording"],
  exitCriteria: ["description", "customerWording"],
  activities: ["name", "description", "customerWording"],
} as const;

const primary = (tag: string) => tag.toLowerCase().split("-")[0];
const textsOf = (part: Translated) => part.translations as unknown as Texts[];
const textOf = (part: Translated, name: string) => (part as unknown as Texts)[name] ?? "";

/** The translation that is what the reader sees of a text. */
function seen(part: Translated, name: string, reader: string): number {
  const text = textOf(part, name);
  return textsOf(part).findIndex((one) => primary(one.language ?? "") === primary(reader) && one[name] === text);
}

/** A text as somebody typed it over what they saw. */
export function retold<Kind extends Translated>(
  part: Kind,
  name: string & keyof Kind,
  text: string,
  reader: string,
): Kind {
  const at = text ? seen(part, name, reader) : -1;
  const translations = textsOf(part).map((one, place) => (place === at ? { ...one, [name]: text } : one));
  return { ...part, [name]: text, translations };
}

/** `doc` for the API. `start`: what was read at first; `saved`: what the server has by now. */
export function told(doc: Doc, start: Doc, saved: Doc, reader: string): Doc {
  const tell = <Kind extends Translated>(
    names: readonly string[],
    part: Kind,
    first: Translated | undefined,
    last: Translated | undefined,
  ): Kind => (first ? toldPart(names, part, first, last, reader) : part);
  return {
    ...tell(NAMES.playbook, doc, start, saved),
    stages: doc.stages.map((stage) => {
      const [first, last] = [start, saved].map(({ stages }) => stages.find(({ key }) => key === stage.key));
      const next = { ...tell(NAMES.stage, stage, first, last) };
      for (const list of LISTS) {
        const find = (where: typeof first, key: string) =>
          (where?.[list] as Part[] | undefined)?.find((one) => one.key === key);
        (next[list] as Part[]) = (stage[list] as Part[]).map((part) =>
          tell(NAMES[list], part, find(first, part.key), find(last, part.key)),
        );
      }
      return next;
    }),
  };
}

function toldPart<Kind extends Translated>(
  names: readonly string[],
  part: Kind,
  first: Translated,
  last: Translated | undefined,
  reader: string,
): Kind {
  const meant: Record<string, unknown> = {};
  let translations = textsOf(part);
  for (const name of names) {
    const at = seen(first, name, reader);
    if (at >= 0) {
      const language = textsOf(first)[at]?.language;
      const known = last && textsOf(last).find((one) => one.language === language)?.[name];
      // Emptied, it is the playbook's own text that is gone.
      if (known && textOf(part, name)) meant[name] = known;
    } else if (textOf(part, name) !== textOf(first, name)) {
      translations = translations.map((one) => {
        const before = textsOf(first).find(({ language }) => language === one.language)?.[name];
        return one[name] && one[name] === before ? { ...one, [name]: null } : one;
      });
    }
  }
  const kept = translations.filter(({ language: _, ...said }) => Object.values(said).some(Boolean));
  return { ...part, ...meant, translations: kept };
}
