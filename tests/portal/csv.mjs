/** Tables as files: `node --test csv.mjs`, with CSV naming `ui/csv.ts`, whose types Node strips. */

import assert from "node:assert/strict";
import test from "node:test";

const { csv } = await import(process.env.CSV);

const line = (...cells) => csv([cells]);

test("no text is worked out by the spreadsheet that opens it", () => {
  for (const begin of ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\t@", "\u00a0+"]) {
    const written = line(`${begin}cmd|' /C calc'!A0`);
    assert.match(written, /^"?'/, JSON.stringify(begin));
  }
  assert.equal(line('=HYPERLINK("http://x","y")'), `"'=HYPERLINK(""http://x"",""y"")"\r\n`);
});

test("what looks the same in other letters is none the less made harmless", () => {
  for (const begin of ["＝", "＋", "－", "＠"]) assert.match(line(`${begin}1+1`), /^'/);
});

test("numbers stay numbers, and other texts as they are", () => {
  assert.equal(line(-5, 1.5, "a-b", "1=1", null, undefined, Number.NaN), "-5,1.5,a-b,1=1,,,\r\n");
});

test("separators, quotes and line ends stay within their cell", () => {
  assert.equal(line("a,b", 'say "x"', "two\nlines"), '"a,b","say ""x""","two\nlines"\r\n');
});
