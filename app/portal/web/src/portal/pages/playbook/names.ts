/** Words for the values that a playbook has. */

import type { Key } from "../../messages/messages";

export const PHASES = ["AWARENESS", "CONSIDERATION", "EVALUATION", "DECISION", "ADOPTION"] as const;
export const CATEGORIES = ["PIPELINE", "BEST_CASE", "COMMIT", "CLOSED", "OMITTED"] as const;
export const READERS = ["CUSTOMER", "PARTNER", "VENDOR"] as const;
export const CONFIRMERS = ["ANYONE_ON_DEAL", "PARTNER_MANAGER", "VENDOR"] as const;

type Say = (key: Key, values?: Record<string, string | number>) => string;

export const phases = (say: Say) => [
  { id: "" as const, label: say("playbook.phase.none") },
  ...PHASES.map((id) => ({ id, label: say(`playbook.phase.${id}`) })),
];
export const categories = (say: Say) => CATEGORIES.map((id) => ({ id, label: say(`category.${id}`) }));
export const readers = (say: Say) => READERS.map((id) => ({ id, label: say(`playbook.reader.${id}`) }));
export const confirmers = (say: Say) => CONFIRMERS.map((id) => ({ id, label: say(`playbook.confirmer.${id}`) }));

export type { Say };
