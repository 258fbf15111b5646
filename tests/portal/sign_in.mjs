/** Somebody signs in at an identity provider: `node sign_in.mjs JSON`, with `base`, `chromium`. Prints what was seen, as JSON. */

import { entered, launched } from "./browser.mjs";

const { base, chromium } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);
try {
  const { page, seen } = await entered(browser, base, "");
  const card = page.locator(".card").first();
  await page.goto(`${base}/board?playbook=it-software`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await card.waitFor();
  const first = page.url();
  await page.reload();
  await card.waitFor();
  const cookies = await page.context().cookies();
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage, cookie: document.cookie }));
  await page.locator(".person").click();
  await page.locator(".person-card .button").click();
  await page.waitForURL(/\/bye/);
  await page.goto(base);
  await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).waitFor();
  const { wrong, violations } = seen;
  console.log(JSON.stringify({ first, kept, wrong, violations, cookies: cookies.map(({ name, httpOnly }) => ({ name, httpOnly })) }));
} finally {
  await browser.close();
}
