/** What stands after the `?` of an address, which anybody may have written. */

import { defaultParseSearch } from "@tanstack/react-router";

/** Of one value: far more than any filter has. */
const LONGEST = 2_000;
/** Control characters, and halves of letters. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/**
 * Filters are single words, numbers, and yes or no. Everything else, lists and objects say, is left out here, before
 * any page reads it: so are texts that are longer than filters are, or that no server could keep.
 */
export function readAddress(search: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parsed(search))) {
    if (isFilter(value) && !(name in Object.prototype)) found[name] = value;
  }
  return found;
}

function parsed(search: string): object {
  try {
    return defaultParseSearch(search);
  } catch {
    return {};
  }
}

function isFilter(value: unknown): boolean {
  if (typeof value === "string") return value.length <= LONGEST && !UNFIT.test(value);
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
