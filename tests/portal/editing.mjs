/** The playbook editor without a browser: `node --test editing.mjs`, with the folder of its sources in `EDITOR`. */

import assert from "node:assert/strict";
import test from "node:test";

const of = (name) => import(`${process.env.EDITOR}/${name}.ts`);
const model = await of("model");
const saving = await of("saving");
const translated = await of("translated");
const { differences } = await of("differences");
const { offered } = await of("vocabulary");

const criterion = (key, more = {}) => ({
  key, description: key, required: true, expression: null, confirmedBy: "ANYONE_ON_DEAL", locks: [], reader: "PARTNER",
  customerWording: "", translations: [], ...more,
});
const activity = (key, more = {}) => ({
  key, name: key, description: "", required: false, effortMinutes: null, confirmedBy: "ANYONE_ON_DEAL", reader: "PARTNER",
  customerWording: "", serves: [], translations: [], ...more,
});
const stage = (key, more = {}) => ({
  key, name: key, definition: "", kind: "OPEN", aliases: [], buyerPhase: null, winProbability: 0.1, forecastCategory: "PIPELINE",
  targetDays: null, autoAdvance: false, entryCriteria: [], exitCriteria: [], activities: [], contents: [], translations: [], ...more,
});
const doc = (...stages) => ({ name: "Book", description: "", industry: "", reviewDueAt: "", translations: [], stages });
const CLOSED = [stage("won", { kind: "WON", winProbability: 1 }), stage("lost", { kind: "LOST", winProbability: 0 })];
const known = { stages: [{ key: "proposal", name: "Proposal" }], questions: [{ key: "budget", label: "Budget" }] };
const texts = (typed, asked) => offered(typed, typed.length, known, asked).options.map(({ text }) => text);

test("keys are made of names, and none comes twice", () => {
  assert.equal(model.keyOf("Größe & Ähnliches!", []), "grosse-ahnliches");
  assert.equal(model.keyOf("Proposal", ["proposal", "proposal-2"]), "proposal-3");
  assert.match(model.keyOf("提案", []), /^[a-z0-9-]+$/);
});

test("a new stage stands before the closed ones, and open ones stay before them", () => {
  const { doc: grown, key } = model.addedStage(doc(stage("a"), ...CLOSED), "Next");
  assert.deepEqual(grown.stages.map((one) => one.key), ["a", "next", "won", "lost"]);
  assert.equal(model.movedStage(grown, key, 1), grown);
  assert.deepEqual(model.movedStage(grown, key, -1).stages.map((one) => one.key), ["next", "a", "won", "lost"]);
  assert.deepEqual(grown.stages.map((one) => model.mayRemove(grown, one)), [true, true, false, false]);
});

const german = (description) => [{ language: "de", description, customerWording: null }];
const holding = (part) => doc(stage("s", { exitCriteria: [part] }));
const partOf = ({ stages }) => stages[0].exitCriteria[0];

test("over the playbook's own text its translations are void, and back when it is what it was", () => {
  const start = holding(criterion("a", { description: "Budget is there", translations: german("Budget ist da") }));
  const typed = (text) => holding(translated.retold(partOf(start), "description", text, "en"));
  assert.deepEqual(partOf(translated.told(typed("Budget is agreed"), start, start, "en")).translations, []);
  const void_ = translated.told(typed("Budget is agreed"), start, start, "en");
  assert.deepEqual(partOf(translated.told(typed("Budget is there"), start, void_, "en")).translations, german("Budget ist da"));
});

test("who reads a translation changes that, and the text that it stands for stays", () => {
  const start = holding(criterion("a", { description: "Budget steht", translations: german("Budget steht") }));
  const typed = (before, text) => holding(translated.retold(partOf(before), "description", text, "de-AT"));
  const first = typed(start, "Budget ist da");
  const sent = translated.told(first, start, start, "de-AT");
  // The server knows the text by what it has shown until now.
  assert.deepEqual([partOf(sent).description, partOf(sent).translations], ["Budget steht", german("Budget ist da")]);
  const saved = translated.told(sent, start, sent, "de-AT");
  assert.deepEqual(translated.told(first, start, saved, "de-AT"), saved);
  const again = translated.told(typed(first, "Budget ist sicher"), start, saved, "de-AT");
  assert.deepEqual([partOf(again).description, partOf(again).translations], ["Budget ist da", german("Budget ist sicher")]);
});

test("only what differs is sent, and translations with what is new or changed in them", () => {
  const before = doc(stage("s", { exitCriteria: [criterion("a", { translations: german("a") })] }), ...CLOSED);
  assert.deepEqual(saving.changesOf(before, before), {});
  const after = model.withStage(before, "s", (one) => model.addedCriterion({ ...one, aliases: ["x", ""] }, "exitCriteria", "b"));
  const { stages, ...rest } = saving.changesOf(after, before);
  assert.deepEqual(rest, {});
  assert.deepEqual(stages[0].aliases, ["x"]);
  assert.deepEqual(stages[0].exitCriteria.map((one) => one.translations), [undefined, []]);
});

test("a condition is confirmed by nobody and locks nothing", () => {
  const computed = criterion("a", { expression: "deal.amount > 0.0", confirmedBy: "VENDOR", locks: ["amount"] });
  const { stages } = saving.changesOf(doc(stage("s", { exitCriteria: [computed] })), doc());
  assert.deepEqual([stages[0].exitCriteria[0].confirmedBy, stages[0].exitCriteria[0].locks], ["ANYONE_ON_DEAL", []]);
});

test("what is at fault waits, and everything else goes on", () => {
  const saved = doc(stage("s", { exitCriteria: [criterion("a", { expression: "true" })] }), ...CLOSED);
  const typed = doc(
    stage("s", {
      name: "Renamed",
      exitCriteria: [criterion("a", { expression: "tru" }), criterion("new", { expression: "no" })],
      activities: [activity("call", { serves: ["new"] })],
    }),
    ...CLOSED,
  );
  const path = (...rest) => saving.placeOf(typed, ["stages", "0", ...rest]);
  assert.deepEqual(path("exitCriteria", "1", "expression"), { stage: "s", part: "new", field: "expression" });
  const faults = [path("exitCriteria", "0", "expression"), path("exitCriteria", "1", "expression")].map((one) => ({ ...one, message: "" }));
  const [sent] = saving.withoutFaulty(typed, saved, faults).stages;
  assert.equal(sent.name, "Renamed");
  assert.deepEqual(sent.exitCriteria.map(({ key, expression }) => [key, expression]), [["a", "true"]]);
  assert.deepEqual(sent.activities[0].serves, []);
  assert.equal(saving.withoutFaulty(typed, saved, [{ field: "stages", message: "" }]), undefined);
  const [whole] = saving.withoutFaulty(typed, saved, [{ stage: "s", field: "name", message: "" }]).stages;
  assert.equal(whole.name, "s");
});

test("differences name what is new, gone, elsewhere and changed, and nothing else", () => {
  const before = doc(stage("a"), stage("b", { contents: ["x", "y"] }), stage("c"), stage("d"), ...CLOSED);
  assert.deepEqual(differences(before, structuredClone(before)), []);
  const after = doc(stage("d"), stage("a"), stage("b", { contents: ["y", "z"], winProbability: 0.2 }), stage("e"), ...CLOSED);
  assert.deepEqual(
    differences(before, after).map(({ kind, what, name, field }) => [kind, what, name, field].filter(Boolean).join(" ")),
    ["removed stage c", "moved stage d", "changed stage b winProbability", "removed contents x", "added contents z", "added stage e"],
  );
});

test("what may come next follows from what stands there", () => {
  assert.deepEqual(texts("deal.cl"), ["closeDate"]);
  assert.deepEqual(texts("deal.amount > 0.0 && deal.account.e"), ["employees"]);
  assert.deepEqual(texts("deal.name.start"), ["startsWith("]);
  assert.deepEqual(texts("deal.amount."), []);
  assert.deepEqual(texts('deal.status == "O'), ['"OPEN"']);
  assert.deepEqual(texts("deal.stage == "), ['"proposal"']);
  assert.deepEqual(texts('deal.qualification["b'), ['"budget"]']);
  assert.deepEqual(texts('deal.notes.contains("deal.'), []);
  assert.deepEqual(texts("d"), ["deal."]);
  assert.deepEqual(texts(""), []);
  assert.ok(texts("", true).includes("has("));
});

test("a text that would take long to read as Markdown is shown as it stands", async () => {
  const { isTooMuch } = await import(new URL("../content/plain.ts", `${process.env.EDITOR}/`));
  const usual = "# A title\n\nSome **bold** words and _more_.\n\n| a | b |\n|---|---|\n".concat("| **x** | [y](https://z.example) |\n".repeat(100));
  assert.equal(isTooMuch(usual), false);
  assert.equal(isTooMuch(usual.repeat(20)), false);
  const hostile = ["*_".repeat(20_000), "[".repeat(20_000), ">".repeat(2_000), "- ".repeat(500), `${" ".repeat(200)}- a`];
  assert.deepEqual(hostile.map(isTooMuch), hostile.map(() => true));
});
