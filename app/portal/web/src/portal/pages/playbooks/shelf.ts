/** Whether versions out of use are listed, as it stands in the address. */
export interface Shelf {
  archived?: true;
}

export function readShelf({ archived }: Record<string, unknown>): Record<string, unknown> {
  return archived === true || archived === "true" ? { archived: true } : {};
}
