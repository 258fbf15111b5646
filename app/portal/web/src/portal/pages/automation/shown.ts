/** The part of the page that is looked at, and the template that a new automation begins with, as they stand in the address. */
export interface Shown {
  part?: Part;
  template?: string;
}

export const PARTS = ["definition", "try", "runs"] as const;
export type Part = (typeof PARTS)[number];

export function readShown({ part, template }: Record<string, unknown>): Record<string, unknown> {
  const known = PARTS.find((one) => one === part);
  return {
    ...(known && known !== "definition" && { part: known }),
    ...(typeof template === "string" && template && { template: template.slice(0, 200) }),
  };
}
