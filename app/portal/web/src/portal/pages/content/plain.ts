/** Texts that would take long to read as Markdown: emphasis costs the square of its marks in a paragraph. */

const MOST_MARKS = 1_000;
const MOST_MARKS_IN_ALL = 10_000;
const MOST_BRACKETS = 2_000;
const DEEPEST_QUOTE = 20;
const DEEPEST_INDENT = 60;

/** Whether the text is to be shown as it stands. */
export function isTooMuch(text: string): boolean {
  let marks = 0;
  for (const paragraph of text.split(/\n[\t >]*\n/)) {
    const own = countOf(paragraph, /[*_~]/g);
    marks += own;
    if (own > MOST_MARKS || marks > MOST_MARKS_IN_ALL || countOf(paragraph, /[[\]|`<]/g) > MOST_BRACKETS) return true;
  }
  return text.split("\n").some((line) => {
    const start = /^[\s>*+-]*/.exec(line)?.[0] ?? "";
    return (
      countOf(start, />/g) > DEEPEST_QUOTE ||
      countOf(start, /[*+-] /g) > DEEPEST_QUOTE ||
      (/^\s*/.exec(line)?.[0] ?? "").length > DEEPEST_INDENT
    );
  });
}

function countOf(text: string, found: RegExp): number {
  return text.match(found)?.length ?? 0;
}
