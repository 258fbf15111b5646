/** The stage that is open, and what stands beside it, as they stand in the address. */
export interface Shown {
  /** Its key; none: the playbook itself. */
  stage?: string;
  beside?: Beside;
}

export const BESIDE = ["findings", "changes", "history"] as const;
export type Beside = (typeof BESIDE)[number];

const LONGEST = 200;

export function readShown({ stage, beside }: Record<string, unknown>): Record<string, unknown> {
  const found = BESIDE.find((one) => one === beside);
  return {
    ...(typeof stage === "string" && stage && { stage: stage.slice(0, LONGEST) }),
    ...(found && { beside: found }),
  };
}
