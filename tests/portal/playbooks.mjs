/**
 * A channel manager edits a playbook and publishes it, an administrator gets in between, and a partner's seller reads: `node
 * playbooks.mjs JSON`, with `base`, `chromium`, and whether axe looks at every step (`whole`). Prints what was seen, as JSON.
 */

import { audited, entered, launched, text } from "./browser.mjs";

const HOSTILE = `# Read me

<script>globalThis.broken = true</script><img src="https://elsewhere.example/a.png" onerror="globalThis.broken = true">
<iframe src="https://elsewhere.example/frame"></iframe><style>body { display: none }</style>

![A picture](https://elsewhere.example/b.png) ![inside](data:image/svg+xml;base64,PHN2Zy8+) ![odd](javascript:alert(1))

[bad](javascript:globalThis.broken=true) [worse](JaVaScRiPt:globalThis.broken=true) [data](data:text/html,hello) [vb](vbscript:x)
[own](/session/sign-out) [relative](//elsewhere.example/c) [good](https://elsewhere.example/d) <https://elsewhere.example/e>
[entity](&#106;avascript:globalThis.broken=true)

| a | b |
|---|---|
| - [x] done | <b onmouseover="globalThis.broken = true">c</b> |

- [ ] open
- [x] done
`;

const { base, chromium, whole } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);
try {
  const findings = [];
  const manager = await entered(browser, base, "Tomás Herrera");
  const admin = await entered(browser, base, "Ingrid Solberg");
  const seller = await entered(browser, base, "Jonas Frei");
  const { page } = manager;
  const saved = (of = page) => of.locator('.saved[data-phase="saved"]').waitFor();
  const audit = async (of, where, more) => findings.push(...(await audited(of, where, more)));
  const alsoAudit = async (...given) => whole && audit(...given);
  const fits = async (of, where) => {
    if (await of.evaluate(() => document.documentElement.scrollWidth > innerWidth)) findings.push(`${where} is too wide`);
  };

  // From the version in force to a draft of the next one.
  await page.goto(`${base}/playbooks`);
  await page.locator(".playbook-card h2 a", { hasText: "IT software" }).click();
  await page.locator(".history-row").first().waitFor();
  await alsoAudit(page, "playbook in force");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.waitForURL(/\/playbooks\/(?!.*beside)/);
  await saved();
  await page.locator(".finding").first().waitFor();
  await alsoAudit(page, "editor, head");

  // A finding leads to where it is mended.
  await page.locator(".finding", { hasText: "next review" }).click();
  await page.locator('[data-field="reviewDueAt"]:focus').fill("2027-03-01");
  await page.locator(".finding", { hasText: "next review" }).waitFor({ state: "detached" });

  // A condition: what may come next is offered, and what is wrong with it is said at once.
  await page.locator(".stage-list .stage-name", { hasText: "Qualification" }).click();
  const exits = page.locator('[data-field="exitCriteria"]');
  const added = exits.getByRole("textbox", { name: "New exit criterion" });
  await added.fill("The deal is worth a visit");
  await added.press("Enter");
  const card = exits.locator('[data-part="the-deal-is-worth-a-visit"]');
  await card.getByRole("radio", { name: "The deal’s data" }).click();
  const condition = card.getByLabel("Condition in CEL");
  await condition.fill("");
  await condition.pressSequentially("deal.am");
  await card.getByRole("option", { name: "amount" }).waitFor();
  await alsoAudit(page, "completion");
  await condition.press("Enter");
  const completed = await condition.inputValue();
  await condition.pressSequentially("s > 1000.0");
  const fault = await card.locator(".fault", { hasText: "amounts" }).textContent();
  await page.locator('.saved[data-phase="held"]').waitFor();
  await audit(page, "a condition at fault");
  await condition.fill("deal.amount != null && deal.amount > 1000.0");
  await saved();
  await card.locator(".fault").waitFor({ state: "detached" });

  // Order by keys, a new stage, a new name; and it is all there after a reload.
  await page.locator('[data-stage="qualification"] .stage-name').focus();
  await page.keyboard.press("Alt+ArrowDown");
  await page.locator("li:nth-child(3)[data-stage=qualification] .stage-name:focus").waitFor();
  await page.getByRole("textbox", { name: "New stage" }).fill("Hand over");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Handover");
  await saved();
  await page.getByRole("radio", { name: "Changes" }).click();
  await page.locator(".difference-name", { hasText: "Handover" }).waitFor();
  await alsoAudit(page, "changes");
  await page.reload();
  await page.locator(".difference-name", { hasText: "The deal is worth a visit" }).waitFor();
  const changes = await page.locator(".difference-head").allTextContents();

  // Somebody else saves the same draft: both versions are kept until one is chosen.
  const address = page.url();
  await admin.page.goto(address.replace(/\?.*/, ""));
  await saved(admin.page);
  await admin.page.getByRole("textbox", { name: "Description" }).fill("Written by the administrator");
  await saved(admin.page);
  await page.getByRole("textbox", { name: "Definition" }).fill("Both sides know what happens next, and when.");
  await page.locator(".conflict").waitFor();
  await audit(page, "conflict");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await saved();
  await admin.page.goto(`${base}/board`);

  // What publishing would do, and publishing.
  const publish = page.getByRole("button", { name: "Publish …" });
  await publish.click();
  const refused = await page.getByRole("dialog").locator(".publish-errors").textContent();
  await page.keyboard.press("Escape");
  await page.locator('[data-stage="qualification"] .stage-name').click();
  await page.keyboard.press("Alt+ArrowUp");
  await page.locator('[data-stage="hand-over"] .stage-name').click();
  await added.fill("Delivery has agreed to the plan");
  await added.press("Enter");
  await saved();
  await publish.click();
  await page.getByRole("dialog").locator(".placements li").first().waitFor();
  const foreseen = await page.getByRole("dialog").textContent();
  await audit(page, "publish", { isOpen: true });
  await page.getByRole("button", { name: /^Publish version / }).click();
  await page.waitForURL(/\/playbooks$/);
  const told = await page.getByText(/is in force\. \d/).first().textContent();
  await page.getByRole("link", { name: "Version 2" }).first().waitFor();
  await alsoAudit(page, "playbooks");

  // Content that means harm is shown as text.
  await page.goto(`${base}/content/new`);
  await page.getByRole("textbox", { name: "Title" }).fill("Handle with care");
  await page.getByRole("textbox", { name: "Text in Markdown" }).fill(HOSTILE);
  await page.locator(".writing-preview h2", { hasText: "Read me" }).waitFor();
  await audit(page, "new content");
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/\/content\/(?!new)/);
  await page.locator(".prose").waitFor();
  const piece = page.url();

  // A partner's seller reads, and changes nothing.
  for (const [path, shown] of Object.entries({ playbooks: ".playbook-card", content: ".piece" })) {
    await seller.page.goto(`${base}/${path}`);
    await seller.page.locator(shown).first().waitFor();
    await alsoAudit(seller.page, `seller ${path}`);
  }
  await seller.page.goto(`${base}/playbooks`);
  await seller.page.locator(".playbook-card h2 a").first().click();
  await seller.page.locator(".read-list").first().waitFor();
  await alsoAudit(seller.page, "seller playbook");
  const buttons = await seller.page.locator("main button").allTextContents();
  await seller.page.goto(piece);
  await seller.page.locator(".prose h2").waitFor();
  await audit(seller.page, "content");
  const shown = await seller.page.evaluate(() => ({
    broken: globalThis.broken ?? false,
    elements: document.querySelectorAll(".prose :is(script, img, iframe, style, b, form, input)").length,
    links: [...document.querySelectorAll(".prose a")].map((one) => [one.getAttribute("href"), one.rel, one.target]),
  }));
  for (const where of [piece, `${base}/content`, `${base}/playbooks`]) {
    await seller.page.setViewportSize({ width: 320, height: 700 });
    await seller.page.goto(where);
    await seller.page.locator(".prose h2, .piece, .playbook-card").first().waitFor();
    await fits(seller.page, where);
  }
  const people = [manager, admin, seller];
  await Promise.all(people.map(({ seen }) => seen.settled()));
  console.log(
    JSON.stringify({
      completed,
      fault,
      changes,
      refused,
      foreseen,
      told,
      buttons,
      shown,
      findings,
      seller: [...seller.seen.answers, await text(seller.page)],
      wrong: people.flatMap(({ seen }) => seen.wrong),
      violations: people.flatMap(({ seen }) => seen.violations),
      hosts: [...new Set(people.flatMap(({ seen }) => [...seen.hosts]))],
    }),
  );
} finally {
  await browser.close();
}
