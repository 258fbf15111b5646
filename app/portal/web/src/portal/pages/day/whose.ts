/** Whose day it is, as it stands in the address: one's own, or that of all whose deals one sees. */
export interface Whose {
  whose?: "mine" | "all";
}

export function readWhose({ whose }: Record<string, unknown>): Whose {
  return whose === "mine" || whose === "all" ? { whose } : {};
}
