/** What the API says is wrong with a definition, by its place in it. */

import type { AutomationInput } from "@/generated/operations";

export interface Wrong {
  code: string;
  message: string;
  path: readonly string[];
}

/** `automation.steps.0.settings.title` is `steps.0.settings.title`. */
export function placeOf({ path }: Wrong): string {
  return (path[0] === "automation" ? path.slice(1) : path).join(".");
}

/** Those that are about something that was filled in: what is empty is still to come. */
export function ofWhatIsThere(found: readonly Wrong[], automation: AutomationInput): Wrong[] {
  return found.filter((one) => isThere(automation, placeOf(one).split(".")));
}

function isThere(given: unknown, path: readonly string[]): boolean {
  let value = given;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "number" || (typeof value === "string" && value !== "");
}

/** The message for a place, or for one below it. */
export class Problems {
  readonly found: readonly Wrong[];

  constructor(found: readonly Wrong[]) {
    this.found = found;
  }

  at(place: string): string | undefined {
    return this.found.find((one) => placeOf(one) === place)?.message;
  }

  within(place: string): string | undefined {
    return this.found.find((one) => placeOf(one) === place || placeOf(one).startsWith(`${place}.`))?.message;
  }

  /** Those below a place that belong to none of its parts. */
  besides(place: string, parts: readonly string[]): string[] {
    const own = [place, ...parts.map((part) => `${place}.${part}`)].slice(1);
    return this.found
      .filter((one) => {
        const at = placeOf(one);
        if (at !== place && !at.startsWith(`${place}.`)) return false;
        return !own.some((part) => at === part || at.startsWith(`${part}.`));
      })
      .map(({ message }) => message);
  }
}
