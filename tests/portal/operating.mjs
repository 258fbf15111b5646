/**
 * Automations and administration: `node operating.mjs JSON`, with `base`, `chromium`, `receiver` (a URL that answers), `tokens` of
 * seller and manager, and `addresses` that are not for all. Prints what was seen, as JSON.
 */

import { audited, entered, launched, text } from "./browser.mjs";

const { base, chromium, receiver, tokens, addresses, whole } = JSON.parse(process.argv[2]);
const TEMPLATE = "The checklist of a stage as tasks";
const CREATE = `mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id name } userErrors { message } } }`;
const CHANGE = `mutation($input: UpsertAutomationInput!) { upsertAutomation(input: $input) {
  automation { version } userErrors { message } } }`;

/** Of states that a plain visit shows as well: `pages.mjs` has axe look at those. */
const usual = async (page, where) => (whole ? audited(page, where) : []);

/** As another client of the API does it. */
async function asked(token, query, input) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data } = await response.json();
  const [answer] = Object.values(data);
  if (answer.userErrors.length) throw new Error(answer.userErrors[0].message);
  return answer;
}

/** Where links lead, below the root. */
const paths = (links) => links.evaluateAll((all, root) => all.map((one) => one.href.slice(root.length + 1)), base);

/** Of a role: its entries in the navigation, the addresses whose pages are not for it, and its parts of administration. */
async function shownTo(page) {
  const entries = await paths(page.locator(".side nav a"));
  const forbidden = [];
  for (const address of addresses) {
    await page.goto(`${base}/${address}`);
    await page.locator("main h1").first().waitFor();
    if (await page.locator(".empty h1").count()) forbidden.push(address);
  }
  await page.goto(`${base}/administration`);
  await page.locator("main h1").first().waitFor();
  return { entries, forbidden, parts: await paths(page.locator(".admin-tabs a")) };
}

const browser = await launched(chromium);
try {
  const findings = [];
  const people = [];
  const told = {};
  for (const [role, name] of Object.entries({ seller: "Jonas Frei", partner: "Lena Brandt", channel: "Tomás Herrera" })) {
    const { page, seen } = await entered(browser, base, name);
    told[role] = await shownTo(page);
    if (role === "seller") findings.push(...(await usual(page, "not allowed")));
    people.push(seen);
    await page.context().close();
  }

  const { page, seen } = await entered(browser, base, "Ingrid Solberg");
  people.push(seen);
  told.admin = await shownTo(page);
  const button = (name) => page.getByRole("button", { name, exact: true });
  const part = (name) => page.getByRole("radio", { name, exact: true }).click();

  // From a template, with a condition that is wrong until it is put right, tried before it is on.
  await page.goto(`${base}/automations`);
  await page.getByRole("link", { name: `Use: ${TEMPLATE}` }).click();
  const condition = page.getByLabel(/^Only if \(/);
  await condition.fill('deal.stats == "OPEN"');
  const wrong = await page.locator("#" + (await condition.getAttribute("id")) + "-error").textContent();
  await condition.fill('deal.status == "OPEN"');
  await page.getByText("Nothing wrong with what is filled in").waitFor();
  findings.push(...(await usual(page, "automation")));
  await part("Try");
  await button("Try on the past").click();
  const tried = await page.getByRole("heading", { name: /^It would have run/ }).textContent();
  findings.push(...(await audited(page, "trial")));
  await part("Definition");
  await button("Save and switch on").click();
  await page.locator("h1 .badge.good").waitFor();
  const address = page.url();
  await part("Runs");
  await page.getByText("It hasn’t run yet").waitFor();
  const { opportunity } = await asked(tokens.seller, CREATE, { name: "Checklist", accountName: "Example Works", playbookKey: "it-software" });
  await page.locator(".run", { hasText: opportunity.name }).getByText("Done", { exact: true }).first().waitFor();
  const steps = await page.locator(".run-steps").first().textContent();
  findings.push(...(await usual(page, "runs")));

  // Somebody else saves while a name is being typed: nothing is lost, and both versions have their say.
  await part("Definition");
  await page.getByLabel("Name").fill("Mine");
  const step = { kind: "COMMENT", settings: { body: "Welcome" } };
  await asked(tokens.manager, CHANGE, { automation: { key: "stage-checklist", name: "Theirs", trigger: { daysSilent: 9 }, steps: [step] } });
  await button("Save as version 2").click();
  const conflict = await page.locator(".automation-conflict").textContent();
  const typed = await page.getByLabel("Name").inputValue();
  findings.push(...(await audited(page, "conflict")));
  await button("Save mine as version 3").click();
  await page.locator("h1", { hasText: "Mine" }).waitFor();
  const version = await page.locator("h1 + p").textContent();
  await button("Pause").click();
  await page.locator("h1 .badge", { hasText: "Paused" }).waitFor();

  // What was typed isn't left behind unasked.
  await page.getByLabel("Name").fill("Unsaved");
  await page.getByRole("link", { name: "All automations" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await page.locator(".automation-row").waitFor();
  const row = await page.locator(".automation-row").first().textContent();
  findings.push(...(await usual(page, "automations")));

  // A webhook's secret is on the screen this once.
  await page.goto(`${base}/administration/webhooks/new`);
  await page.getByLabel(/^URL/).fill("ftp://nowhere");
  await button("Create endpoint").click();
  const refused = await page.locator(".labelled-error").first().textContent();
  await page.getByLabel(/^URL/).fill(receiver);
  await button("Create endpoint").click();
  const secret = await page.getByRole("textbox", { name: "Secret" }).inputValue();
  findings.push(...(await audited(page, "secret")));
  await button("I have kept it").click();
  await button("Send a test").click();
  const delivery = page.locator(".figures tbody tr").first();
  await delivery.getByText("Delivered").waitFor();
  const delivered = await delivery.textContent();
  findings.push(...(await usual(page, "webhook")));
  await button("New secret").click();
  await button("Issue new secret").click();
  const second = await page.getByRole("textbox", { name: "Secret" }).inputValue();
  await page.reload();
  await delivery.waitFor();
  const after = [
    await text(page),
    await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, state: history.state })),
    ...(await page.locator("input").evaluateAll((all) => all.map((one) => one.value))),
  ].join(" ");
  await button("Send past events again").click();
  await button("Begin").click();
  await page.getByText(/events? handed over/).waitFor();
  await page.goto(`${base}/administration/webhooks`);
  await page.locator(".line").first().waitFor();
  findings.push(...(await usual(page, "webhooks")));

  // The audit log by what was done, and its chain.
  await page.goto(`${base}/administration/audit`);
  const action = page.getByLabel("Action", { exact: true });
  await action.fill("automation_saved");
  await action.press("Enter");
  await page.waitForURL(/action=AUTOMATION_SAVED/);
  await page.getByRole("heading", { name: "3 entries" }).waitFor();
  const filtered = { url: page.url(), actions: await page.locator(".figures tbody code").allTextContents() };
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^CSV/ }).click()]);
  const file = await (await download.createReadStream()).toArray();
  await button("Verify the chain").click();
  await page.getByText("The chain holds").waitFor();
  const head = await page.getByRole("textbox", { name: "Head", exact: true }).inputValue();
  findings.push(...(await usual(page, "audit")));
  await page.getByLabel("Head kept from an earlier verification").fill(head.replace(/:.{8}/, ":00000000"));
  await button("Verify the chain").click();
  const broken = await page.locator("main .admin-bad, main .problem").first().textContent();
  for (const one of ["consumers", "model"]) {
    await page.goto(`${base}/administration/${one}`);
    await page.locator(".figures tbody tr, .admin-facts").first().waitFor();
    findings.push(...(await usual(page, one)));
  }
  await seen.settled();
  console.log(JSON.stringify({
    told, wrong, tried, steps, conflict, typed, version, row, refused, secret, second, delivered, after, filtered, head, broken,
    csv: Buffer.concat(file).toString(), address, findings,
    complaints: people.flatMap((one) => [...one.wrong, ...one.violations]),
  }));
} finally {
  await browser.close();
}
