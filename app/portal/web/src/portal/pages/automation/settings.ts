/** The settings of each kind of step: which fields there are, and what is sent of them. */

import type { AutomationStepKind } from "@/generated/operations";

export type Settings = Record<string, unknown>;

export const KINDS: readonly AutomationStepKind[] = [
  "CREATE_TASK",
  "NOTIFY",
  "COMMENT",
  "SET_FIELD",
  "ADD_TEAM_MEMBER",
  "MARK_CRITERION",
  "ADVANCE_STAGE",
  "SEND_WEBHOOK",
];

export type SettingField =
  /** A template; `lines`: as many to begin with. */
  | { name: string; type: "text"; lines?: number; isRequired?: true }
  | { name: string; type: "days" }
  | { name: string; type: "person"; isOptional?: true }
  | { name: string; type: "people" }
  | { name: string; type: "choice"; options: readonly string[]; usual: string }
  | { name: string; type: "flag"; usual: boolean }
  | { name: string; type: "criterion" }
  | { name: string; type: "stage" }
  | { name: string; type: "endpoint" };

const FIELDS: Record<AutomationStepKind, readonly SettingField[]> = {
  CREATE_TASK: [
    { name: "forEach", type: "choice", options: ["", "ACTIVITY"], usual: "" },
    { name: "title", type: "text", isRequired: true },
    { name: "description", type: "text", lines: 3 },
    { name: "assignee", type: "person" },
    { name: "otherwise", type: "person", isOptional: true },
    { name: "dueInDays", type: "days" },
    { name: "urgency", type: "choice", options: ["LOW", "NORMAL", "HIGH", "CRITICAL"], usual: "NORMAL" },
  ],
  NOTIFY: [
    { name: "to", type: "people" },
    { name: "title", type: "text", isRequired: true },
    { name: "body", type: "text", lines: 3 },
  ],
  COMMENT: [
    { name: "body", type: "text", lines: 3, isRequired: true },
    {
      name: "audience",
      type: "choice",
      options: ["EVERYONE_ON_IT", "OWN_ORGANIZATION"],
      usual: "EVERYONE_ON_IT",
    },
  ],
  SET_FIELD: [
    {
      name: "field",
      type: "choice",
      options: ["nextStep", "notes", "expectedCloseDate", "owner"],
      usual: "nextStep",
    },
    { name: "value", type: "text", lines: 2, isRequired: true },
    { name: "inDays", type: "days" },
    { name: "person", type: "person" },
  ],
  ADD_TEAM_MEMBER: [
    { name: "person", type: "person" },
    {
      name: "role",
      type: "choice",
      options: ["CHANNEL_MANAGER", "SALES", "PRESALES", "DELIVERY", "DISTRIBUTION", "EXECUTIVE_SPONSOR", "OTHER"],
      usual: "CHANNEL_MANAGER",
    },
    { name: "access", type: "choice", options: ["READ", "EDIT"], usual: "READ" },
  ],
  MARK_CRITERION: [
    { name: "criterionKey", type: "criterion" },
    { name: "met", type: "flag", usual: true },
    { name: "evidence", type: "text", lines: 2 },
  ],
  ADVANCE_STAGE: [
    { name: "to", type: "stage" },
    { name: "reason", type: "text", lines: 2 },
  ],
  SEND_WEBHOOK: [
    { name: "endpoint", type: "endpoint" },
    { name: "text", type: "text", lines: 3 },
  ],
};

/** By the field that is set, what it takes. */
const VALUES: Record<string, string> = { expectedCloseDate: "inDays", owner: "person" };

/** The fields of a kind that make sense beside the others. */
export function fieldsOf(kind: AutomationStepKind, settings: Settings): readonly SettingField[] {
  return FIELDS[kind].filter(({ name }) => {
    if (kind === "CREATE_TASK" && settings.forEach === "ACTIVITY") return name !== "title" && name !== "description";
    if (kind !== "SET_FIELD" || name === "field") return true;
    return name === (VALUES[String(settings.field)] ?? "value");
  });
}

function usual(field: SettingField): unknown {
  if (field.type === "choice" || field.type === "flag") return field.usual;
  if (field.type === "person") return field.isOptional ? "" : "OWNER";
  if (field.type === "people") return ["OWNER"];
  if (field.type === "stage") return "NEXT";
  return "";
}

/** As they are sent: what is empty is left out, and so is what doesn't go with the rest. Without `given`, the usual ones. */
export function settingsOf(kind: AutomationStepKind, given?: Settings): Settings {
  const known = new Set(FIELDS[kind].map(({ name }) => name));
  const from = given ?? Object.fromEntries(FIELDS[kind].map((field) => [field.name, usual(field)]));
  const sent: Settings = {};
  for (const { name } of fieldsOf(kind, from)) {
    const value = from[name];
    if (value !== "" && value !== null && value !== undefined) sent[name] = value;
  }
  // What a newer server knows and this form doesn't, stays.
  for (const [name, value] of Object.entries(from)) if (!known.has(name)) sent[name] = value;
  return sent;
}

/** A field that was left out has the value that the API gives it. */
export function settingValue(field: SettingField, settings: Settings): unknown {
  const value = settings[field.name];
  if (value !== undefined) return value;
  if (field.type === "choice" || field.type === "flag") return field.usual;
  return field.type === "person" && !field.isOptional ? "OWNER" : "";
}
