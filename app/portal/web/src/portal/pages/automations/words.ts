/** Automations in words: what triggers them, how long after that, and what came of it. */

import type { AutomationTriggeringFragment, EventType, RunStatus } from "@/generated/operations";
import type { Key } from "../../messages/messages";

type Say = (key: Key, values?: Record<string, string | number>) => string;

export const EVENTS: readonly EventType[] = [
  "OPPORTUNITY_CREATED",
  "OPPORTUNITY_STAGE_CHANGED",
  "OPPORTUNITY_UPDATED",
  "CRITERION_MARKED",
  "ACTIVITY_COMPLETED",
  "RECOMMENDATIONS_UPDATED",
  "INVITATION_CHANGED",
  "COMMENT_ADDED",
  "COMMENT_EDITED",
  "COMMENT_REMOVED",
  "TASK_CREATED",
  "TASK_UPDATED",
  "TASK_COMPLETED",
  "TASK_OVERDUE",
  "REGISTRATION_SAVED",
  "REGISTRATION_SUBMITTED",
  "REGISTRATION_REVIEW_STARTED",
  "REGISTRATION_REVIEW_OVERDUE",
  "REGISTRATION_CHANGES_REQUESTED",
  "REGISTRATION_APPROVED",
  "REGISTRATION_REJECTED",
  "REGISTRATION_UNDER_REVIEW_AGAIN",
  "REGISTRATION_EXPIRING",
  "REGISTRATION_EXPIRED",
  "REGISTRATION_EXTENSION_REQUESTED",
  "REGISTRATION_EXTENSION_DECLINED",
  "REGISTRATION_EXTENDED",
  "REGISTRATION_REVOKED",
  "REGISTRATION_REINSTATED",
  "REGISTRATION_WITHDRAWN",
  "REGISTRATION_POLICY_CHANGED",
  "CONTACT_CHANGED",
  "CONTACT_REMOVED",
  "ACCOUNTS_MERGED",
  "ACCOUNT_MERGE_UNDONE",
  "CONTENT_CHANGED",
  "PLAYBOOK_CREATED",
  "PLAYBOOK_UPDATED",
  "PLAYBOOK_PUBLISHED",
  "PLAYBOOK_ARCHIVED",
  "PREDICTION_MODEL_CHANGED",
];

/** An event's name; one that a newer server has and these pages don't know yet stands for itself. */
export function eventName(say: Say, type: string): string {
  const known: readonly string[] = EVENTS;
  return known.includes(type) || type === "PING" ? say(`event.${type}` as Key) : type;
}

export function triggerInWords(say: Say, language: string, trigger: AutomationTriggeringFragment): string {
  const { events, daysInStage, daysBeforeClose, daysSilent, schedule, timeZone } = trigger;
  if (events) {
    const names = events.map((type) => eventName(say, type));
    return new Intl.ListFormat(language, { type: "disjunction" }).format(names);
  }
  if (daysInStage !== null) return say("automations.when.daysInStage", { count: daysInStage });
  if (daysSilent !== null) return say("automations.when.daysSilent", { count: daysSilent });
  if (daysBeforeClose === 0) return say("automations.when.close");
  if (daysBeforeClose !== null) {
    const key = daysBeforeClose > 0 ? "automations.when.beforeClose" : "automations.when.afterClose";
    return say(key, { count: Math.abs(daysBeforeClose) });
  }
  return schedule === null ? "" : `${scheduleInWords(say, language, schedule)} (${timeZone})`;
}

const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SIMPLE = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[A-Za-z0-9,-]+)$/;

/** The usual ones in words, others as they are written. */
export function scheduleInWords(say: Say, language: string, schedule: string): string {
  const [, minute = "", hour = "", day = "", week = ""] = SIMPLE.exec(schedule.trim()) ?? [];
  const days = week === "*" ? [] : weekdays(week);
  if (!hour || !days || Number(hour) > 23 || Number(minute) > 59 || (day !== "*" && days.length)) {
    return say("automations.when.schedule", { schedule });
  }
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (day !== "*") return say("automations.when.monthly", { day, time });
  if (!days.length) return say("automations.when.daily", { time });
  const names = days.map((one) => weekdayName(language, one));
  return say("automations.when.weekly", { days: new Intl.ListFormat(language).format(names), time });
}

/** By number from Sunday's 0; undefined for what isn't understood. */
function weekdays(written: string): number[] | undefined {
  const found: number[] = [];
  for (const part of written.toUpperCase().split(",")) {
    const [first = Number.NaN, last = first] = part.split("-").map(weekday);
    if (Number.isNaN(first) || Number.isNaN(last) || last < first) return undefined;
    for (let day = first; day <= last; day++) found.push(day % 7);
  }
  return found;
}

function weekday(name: string): number {
  const place = DAYS.indexOf(name);
  return place >= 0 ? place : /^[0-7]$/.test(name) ? Number(name) : Number.NaN;
}

/** The first day of 2023 was a Sunday. */
function weekdayName(language: string, day: number): string {
  const format = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
  return format.format(new Date(Date.UTC(2023, 0, 1 + day)));
}

const UNITS = [
  ["DAYS", 1_440],
  ["HOURS", 60],
  ["MINUTES", 1],
] as const;
export type Unit = (typeof UNITS)[number][0];

/** Minutes in the largest unit that says them whole. */
export function delayOf(minutes: number): { count: number; unit: Unit } {
  const [unit, size] = UNITS.find(([, size]) => minutes % size === 0 && minutes > 0) ?? (["DAYS", 1_440] as const);
  return { count: minutes / size, unit };
}

export function minutesOf(count: number, unit: Unit): number {
  const size = UNITS.find(([name]) => name === unit)?.[1] ?? 1;
  return Math.round(count * size);
}

export function delayInWords(say: Say, minutes: number): string {
  if (minutes === 0) return say("automations.delay.none");
  const { count, unit } = delayOf(minutes);
  return say(`automations.delay.${unit}`, { count });
}

export const TONES: Record<RunStatus, string> = {
  DONE: "good",
  FAILED: "bad",
  RUNNING: "accent",
  SKIPPED: "",
  WAITING: "accent",
};
