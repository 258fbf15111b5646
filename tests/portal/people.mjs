/**
 * Partners and people, changed by a channel manager and looked at by the partner: `node people.mjs JSON`, with `base`, `chromium`, the
 * `seller` who leaves and the `heir`. Prints what was seen, as JSON.
 */

import { audited, entered, launched } from "./browser.mjs";

const { base, chromium, seller, heir } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);
const said = (page, text) => page.locator(".toasts").getByText(text).waitFor();
const line = (page, name) => page.locator(".person-line", { hasText: name });

async function chosen(page, dialog, label, option) {
  await dialog.getByRole("button", { name: label }).click();
  await page.getByRole("option", { name: option, exact: false }).first().click();
}

try {
  const findings = [];
  const { page, seen } = await entered(browser, base, "Tomás Herrera");
  const dialog = page.getByRole("dialog");

  // A new partner: nothing is sent without a name.
  await page.goto(`${base}/partners?q=zzz`);
  await page.locator("main .empty").waitFor();
  await page.goto(`${base}/partners`);
  await page.locator("[data-partner]").first().waitFor();
  await page.getByRole("button", { name: "New partner" }).click();
  const idle = await dialog.locator("button[type=submit]").isDisabled();
  await dialog.getByLabel("Name").fill("Quayside Systems");
  await dialog.getByLabel("May sell in").fill("NL, BE");
  findings.push(...(await audited(page, "new partner", { isOpen: true })));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/partners\/ptr_/);
  await page.getByRole("heading", { level: 1, name: "Quayside Systems" }).waitFor();

  // Somebody is invited there; an address that another has is said beside its field.
  await page.getByRole("button", { name: "Invite" }).click();
  await dialog.getByLabel("Full name").fill("Noor Visser");
  await dialog.getByLabel("E-mail address").fill("no address");
  await dialog.locator("button[type=submit]").click();
  const fault = await dialog.locator(".field-error").textContent();
  const invalid = await dialog.getByLabel("E-mail address").getAttribute("aria-invalid");
  await dialog.getByLabel("E-mail address").fill("noor.visser@quayside.example");
  await chosen(page, dialog, "Role", "Partner manager");
  await dialog.locator("button[type=submit]").click();
  await said(page, "Noor Visser can sign in now");
  await line(page, "Noor Visser").getByText("Partner manager").waitFor();
  await line(page, "Noor Visser").getByRole("button", { name: "Take access away" }).click();
  await dialog.locator("button[type=submit]").click();
  await line(page, "Noor Visser").getByText("No access").waitFor();
  await line(page, "Noor Visser").getByRole("button", { name: "Let in again" }).click();
  await line(page, "Noor Visser").getByText("No access").waitFor({ state: "detached" });

  // The standing of a partner.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await chosen(page, dialog, "Standing", "Suspended");
  await dialog.locator(".note").waitFor();
  await dialog.locator("button[type=submit]").click();
  await page.locator(".journey [data-state=off]").waitFor();

  // Who has deals is replaced by somebody.
  await page.goto(`${base}/people?q=${encodeURIComponent(seller)}`);
  await line(page, seller).getByRole("button", { name: "Take access away" }).click();
  await dialog.locator(".choice-button").waitFor();
  const blocked = await dialog.locator("button[type=submit]").isDisabled();
  findings.push(...(await audited(page, "leaving", { isOpen: true })));
  await chosen(page, dialog, "Who takes over", heir);
  await dialog.locator("button[type=submit]").click();
  await said(page, /deals? (was|were) handed over/);

  // The partner sees its own people, and changes nothing of them.
  const partner = await entered(browser, base, heir);
  await partner.page.goto(`${base}/people`);
  await partner.page.locator(".person-line").first().waitFor();
  const names = await partner.page.locator(".person-line .line-title").allTextContents();
  const companies = await partner.page.locator(".person-line .line-about > :nth-child(2)").allTextContents();
  const buttons = await partner.page.locator("main").getByRole("button", { name: /^(Edit|Take access|Invite|Let in)/ }).count();
  await partner.page.locator(".person-line a[href*='/partners/']").first().click();
  await partner.page.locator(".scorecard").waitFor();
  const steps = await partner.page.locator("main").getByRole("button", { name: /^(Edit|Take access|Invite|New)/ }).count();
  await Promise.all([seen.settled(), partner.seen.settled()]);
  const both = [seen, partner.seen];
  const wrong = both.flatMap((one) => [...one.wrong, ...one.violations]);
  console.log(JSON.stringify({ findings, wrong, idle, fault, invalid, blocked, names, companies: [...new Set(companies)], buttons: buttons + steps }));
} finally {
  await browser.close();
}
