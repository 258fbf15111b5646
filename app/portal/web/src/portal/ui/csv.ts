/** Tables as files that spreadsheets open: RFC 4180, and nothing in them runs as a formula. */

export type Cell = string | number | null | undefined;

/** Letters of full width are read as their narrow ones. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const QUOTED = /[",\r\n]|^\s|\s$/;
/** Says that the text is UTF-8, which Excel doesn't take for granted. */
const MARK = "\uFEFF";

/** Numbers stay numbers, whatever their sign; a text that a spreadsheet would work out gets an apostrophe before it. */
function field(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

export function download(name: string, rows: readonly (readonly Cell[])[]): void {
  const address = URL.createObjectURL(new Blob([MARK, csv(rows)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
