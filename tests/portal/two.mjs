/**
 * A partner's seller and a channel manager side by side: `node two.mjs JSON`, with `base`, `chromium`, and the `deal` (id, name) that the
 * seller can move to `stage` (key, name). Prints what was seen, as JSON.
 */

import { audited, entered, launched, text } from "./browser.mjs";

/** Pages by address, each with what shows that it is there. */
const PAGES = {
  day: ".day-action, .empty",
  inbox: ".notice-line, .inbox-page .empty",
  "pipeline?playbook=it-software&part=created": ".changed tbody tr",
  "deals?playbook=it-software&status=OPEN": ".figures tbody tr",
  registrations: ".registration, .empty",
};

const { base, chromium, deal, stage, back } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);
try {
  const findings = [];
  const texts = [];
  const outside = await entered(browser, base, "");
  await outside.page.goto(base);
  await outside.page.getByRole("button", { name: "Jonas Frei" }).waitFor();
  findings.push(...(await audited(outside.page, "sign-in")));

  const seller = await entered(browser, base, "Jonas Frei");
  const manager = await entered(browser, base, "Tomás Herrera");
  const boards = [seller.page, manager.page];
  const address = `${base}/board?playbook=it-software&q=${encodeURIComponent(deal.name)}`;
  for (const page of boards) {
    await page.goto(address);
    await page.locator(`[data-card="${deal.id}"]`).waitFor();
  }
  const of = (page, key) => page.locator(`[data-stage="${key}"] [data-card="${deal.id}"]`);

  async function asked(page, reason) {
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(reason);
    await dialog.locator("button[type=submit]").click();
  }

  // By keys alone: pick up, look at the stage before, drop, say why.
  await seller.page.locator(`[data-card="${deal.id}"] a`).focus();
  await seller.page.keyboard.press("Space");
  await seller.page.locator(`[data-stage="${stage.key}"][data-way="open"]`).waitFor();
  await seller.page.keyboard.press("ArrowLeft");
  await seller.page.locator(`[data-stage="${stage.key}"][data-over]`).waitFor();
  await seller.page.keyboard.press("Space");
  await asked(seller.page, "The budget is gone");
  await of(seller.page, stage.key).waitFor();
  await of(manager.page, stage.key).waitFor();
  const told = await manager.page.getByText(/^Jonas Frei moved /).first().textContent();

  // On again by the window, despite what is missing.
  await manager.page.locator(`[data-card="${deal.id}"] button`).click();
  await manager.page.getByRole("dialog").getByRole("radio", { name: back.name }).check();
  findings.push(...(await audited(manager.page, "move", { isOpen: true })));
  await asked(manager.page, "It is back");
  await of(seller.page, back.key).waitFor();
  const heard = await seller.page.getByText(/^Tomás Herrera hat /).first().textContent();

  // What blocks a move is shown before the drop.
  await seller.page.locator(`[data-card="${deal.id}"] a`).focus();
  await seller.page.keyboard.press("Space");
  await seller.page.locator('[data-way="blocked"]').first().waitFor();
  const missing = await seller.page.locator('[data-way="blocked"] .offer').last().textContent();
  await seller.page.keyboard.press("Escape");

  for (const [who, { page }] of Object.entries({ seller, manager })) {
    await page.goto(`${base}/board?playbook=it-software`);
    await page.locator(".card").first().waitFor();
    if (page === seller.page) findings.push(...(await audited(page, `${who} board`)));
    texts.push(await text(page));
    await page.goto(`${base}/deals/${deal.id}`);
    await page.locator(".timeline li").first().waitFor();
    await page.locator(".actions, .empty").first().waitFor();
    if (page === seller.page) findings.push(...(await audited(page, `${who} deal`)));
    texts.push(await text(page));
    await page.locator(".bell").click();
    await page.locator(".inbox").waitFor();
    if (page === seller.page) findings.push(...(await audited(page, `${who} inbox`, { isOpen: true })));
    texts.push(await text(page));
    await page.keyboard.press("Escape");
    for (const [path, whole] of Object.entries(PAGES)) {
      await page.goto(`${base}/${path}`);
      await page.locator(whole).first().waitFor();
      if (page === seller.page) findings.push(...(await audited(page, `${who} ${path}`)));
      texts.push(await text(page));
    }
    await page.goto(`${base}/nothing/here`);
    await page.locator(".empty").waitFor();
  }
  const people = [outside, seller, manager];
  await Promise.all(people.map(({ seen }) => seen.settled()));
  const answer = {
    told,
    heard,
    missing,
    findings,
    wrong: people.flatMap(({ seen }) => seen.wrong),
    violations: people.flatMap(({ seen }) => seen.violations),
    hosts: [...new Set(people.flatMap(({ seen }) => [...seen.hosts]))],
    seller: [...seller.seen.answers, ...texts.slice(0, texts.length / 2)],
    manager: manager.seen.answers,
    kept: await seller.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })),
  };
  console.log(JSON.stringify(answer));
} finally {
  await browser.close();
}
