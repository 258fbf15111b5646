/** Browsers whose every complaint, request and answer is kept. */

import axe from "axe-core";
import { chromium } from "playwright-core";

const PATIENCE = 120_000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function launched(executablePath) {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** A person's window. `seen`: what went wrong in it, hosts that it spoke to, all that the API answered. */
export async function entered(browser, base, name, { width = 1440, height = 900, deviceScaleFactor = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor, locale: "en-GB", reducedMotion: "reduce" });
  context.setDefaultTimeout(PATIENCE);
  const seen = { wrong: [], violations: [], hosts: new Set(), answers: [] };
  await context.exposeBinding("violated", (_, what) => seen.violations.push(what));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => globalThis.violated(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.wrong.push(`${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => seen.wrong.push(String(error)));
  page.on("websocket", (socket) => {
    seen.hosts.add(new URL(socket.url()).host);
    socket.on("framereceived", ({ payload }) => seen.answers.push(String(payload)));
  });
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:") seen.hosts.add(host);
  });
  const texts = [];
  context.on("response", (response) => {
    const { origin, pathname } = new URL(response.url());
    // Whom one may enter the demo as is said before anybody has entered.
    if (pathname === "/demo/people") return;
    if (origin === new URL(base).origin && !pathname.startsWith("/assets/")) texts.push(response.text().then((text) => seen.answers.push(text), () => undefined));
  });
  seen.settled = () => Promise.all(texts);
  if (name) {
    await page.goto(base);
    await page.getByRole("button", { name }).click();
    await page.getByRole("navigation").waitFor();
  }
  return { page, seen };
}

/** What axe finds on the page as it is; in the dark theme by its colours alone, since nothing else differs. */
export async function audited(page, where, { isOpen = false } = {}) {
  await page.evaluate(axe.source);
  // What `content-visibility` skips keeps the colours of the theme before until it is drawn.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important; transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  const found = [];
  const themes = { light: { type: "tag", values: RULES }, dark: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
  for (const [colorScheme, runOnly] of Object.entries(themes)) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    // What opens above a page lies outside its landmarks, as ARIA's own examples have it.
    const options = { runOnly, rules: { region: { enabled: !isOpen } } };
    const { violations } = await page.evaluate((given) => globalThis.axe.run(given), colorScheme === "light" ? options : { runOnly });
    found.push(...violations.map(({ id, nodes }) => `${where} ${colorScheme}: ${id} ${nodes[0].html} ${nodes[0].failureSummary}`));
  }
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}

export async function text(page) {
  return page.evaluate(() => document.body.textContent);
}
