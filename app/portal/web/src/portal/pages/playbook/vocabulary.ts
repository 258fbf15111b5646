/** What a criterion's condition may speak of, and what may come next where somebody types one. */

type Kind = "text" | "number" | "day" | "record" | "answers";

/** Fields of `deal`, as docs/conditions.md has them. */
export const FIELDS: Record<string, Kind> = {
  account: "record",
  amount: "number",
  closeDate: "day",
  currency: "text",
  daysInStage: "number",
  daysToClose: "number",
  name: "text",
  nextStep: "text",
  notes: "text",
  owner: "text",
  partner: "record",
  qualification: "answers",
  registration: "record",
  source: "text",
  stage: "text",
  status: "text",
};

export const INNER: Record<string, Record<string, Kind>> = {
  account: { country: "text", employees: "number", industry: "text", name: "text" },
  partner: { name: "text", tier: "text" },
  registration: { daysLeft: "number", dealType: "text", status: "text" },
};

export const TEXT_FUNCTIONS = ["contains", "endsWith", "matches", "size", "startsWith"];
const BEGINNINGS = ["deal", "has", "size", "true", "false", "null"];

export const VALUES: Record<string, readonly string[]> = {
  "deal.source": ["CO_SELL", "PARTNER", "VENDOR"],
  "deal.status": ["LOST", "OPEN", "WON"],
  "deal.partner.tier": ["GOLD", "PLATINUM", "REGISTERED", "SILVER"],
  "deal.registration.dealType": ["COMPETITIVE_REPLACEMENT", "EXPANSION", "NET_NEW", "RENEWAL"],
  "deal.registration.status": [
    "APPROVED",
    "CHANGES_REQUESTED",
    "DRAFT",
    "EXPIRED",
    "IN_REVIEW",
    "REJECTED",
    "REVOKED",
    "SUBMITTED",
    "WITHDRAWN",
  ],
};

export interface Option {
  text: string;
  kind: Kind | "function" | "value" | "question";
  /** In words. */
  about?: string;
}

export interface Offer {
  /** Where what is typed of it begins. */
  from: number;
  options: Option[];
}

/** Of the playbook itself: keys of stages and questions, with what people call them. */
export interface Known {
  stages: readonly { key: string; name: string }[];
  questions: readonly { key: string; label: string }[];
}

const NOTHING: Offer = { from: 0, options: [] };

/** What may stand at `caret`. `asked`: somebody wants to see all, though nothing of a word is typed. */
export function offered(text: string, caret: number, known: Known, asked = false): Offer {
  const before = text.slice(0, caret);
  const matched = answers(before, known) ?? compared(before, known) ?? fields(before);
  if (matched) return matched;
  if (isInText(before)) return NOTHING;
  const word = /(?<![\w."])(\w*)$/.exec(before)?.[1];
  if (word === undefined || (!word && !asked)) return NOTHING;
  const options = BEGINNINGS.filter((one) => one.startsWith(word) && one !== word).map((text): Option => {
    if (text === "deal") return { text: "deal.", kind: "record" };
    return text === "has" || text === "size" ? { text: `${text}(`, kind: "function" } : { text, kind: "value" };
  });
  return { from: caret - word.length, options };
}

function isInText(before: string): boolean {
  return (before.replace(/\\./g, "").match(/"/g)?.length ?? 0) % 2 === 1;
}

/** `deal.qualification["`, `"eco` before `in deal.qualification` is a word like any other. */
function answers(before: string, { questions }: Known): Offer | undefined {
  const typed = /\bdeal\.qualification\[("?)([\w-]*)$/.exec(before);
  if (!typed) return undefined;
  const [, quote = "", part = ""] = typed;
  const options = questions
    .filter(({ key }) => key.startsWith(part))
    .map(({ key, label }): Option => ({ text: `"${key}"]`, kind: "question", about: label }));
  return { from: before.length - quote.length - part.length, options };
}

/** After `deal.status ==`: the values that there are. */
function compared(before: string, { stages }: Known): Offer | undefined {
  const typed = /\b(deal(?:\.\w+)+)\s*(?:==|!=)\s*("?)([\w-]*)$/.exec(before);
  if (!typed) return undefined;
  const [, path = "", quote = "", part = ""] = typed;
  const values =
    path === "deal.stage"
      ? stages.map(({ key, name }) => ({ value: key, about: name }))
      : (VALUES[path] ?? []).map((value) => ({ value }));
  const options = values
    .filter(({ value }) => value.toLowerCase().startsWith(part.toLowerCase()))
    .map(({ value, ...more }): Option => ({ text: `"${value}"`, kind: "value", ...more }));
  return options.length ? { from: before.length - quote.length - part.length, options } : undefined;
}

/** After a dot: the fields of what stands before it, or what can be asked of a text. */
function fields(before: string): Offer | undefined {
  const typed = /\bdeal((?:\.\w+)*)\.(\w*)$/.exec(before);
  if (!typed || isInText(before)) return undefined;
  const [, path = "", part = ""] = typed;
  const [first, second, ...deeper] = path.split(".").slice(1);
  const from = before.length - part.length;
  const of = (names: Record<string, Kind>): Offer => ({
    from,
    options: Object.entries(names)
      .filter(([name]) => name.startsWith(part) && name !== part)
      .map(([text, kind]) => ({ text, kind })),
  });
  if (first === undefined) return of(FIELDS);
  if (deeper.length) return undefined;
  const kind = second === undefined ? FIELDS[first] : INNER[first]?.[second];
  if (kind === "record" && second === undefined) return of(INNER[first] ?? {});
  if (kind !== "text" && kind !== "day") return NOTHING;
  const options = TEXT_FUNCTIONS.filter((one) => one.startsWith(part)).map(
    (one): Option => ({ text: `${one}(`, kind: "function" }),
  );
  return { from, options };
}
