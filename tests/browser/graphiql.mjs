/**
 * A newcomer in a browser: `node graphiql.mjs BASE_URL CHROMIUM`, and answers on standard input.
 *
 * It prints a line of JSON for each thing that it has seen, and goes on when told to by a line.
 */

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [base, executablePath] = process.argv.slice(2);
const PATIENCE = 120_000;
const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (seen) => console.log(JSON.stringify(seen));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  const hosts = new Set();
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("requestfailed", (request) => wrong.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("websocket", (socket) => hosts.add(new URL(socket.url()).host));
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:") hosts.add(host);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(event.violatedDirective));
  });

  const run = () => page.getByRole("button", { name: /^Execute query/ }).click();
  const shown = (text) =>
    page.waitForFunction(
      (wanted) => globalThis.__MONACO?.editor.getModels().some((m) => m.uri.path.includes("response") && m.getValue().includes(wanted)),
      text,
    );
  const answer = () =>
    page.evaluate(() => globalThis.__MONACO.editor.getModels().find((m) => m.uri.path.includes("response")).getValue());

  await page.goto(base);
  await page.getByRole("link", { name: "GraphiQL" }).click();
  await page.locator(".view-line").first().waitFor();
  await run();
  await shown("permissions");
  say({ query: JSON.parse(await answer()).data });

  await page.getByRole("button", { name: "Listen to moves of stages" }).click();
  await page.getByRole("tab", { name: "Moves" }).waitFor();
  const listening = page.waitForEvent("websocket");
  const subscribed = listening.then((socket) =>
    socket.waitForEvent("framesent", { predicate: ({ payload }) => String(payload).includes('"subscribe"'), timeout: PATIENCE }),
  );
  await run();
  await subscribed;
  say({ listening: true });
  await shown("opportunityStageChanged");
  say({ heard: JSON.parse(await answer()).data });
  await told.next();

  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  say({ wrong, hosts: [...hosts], violations: await page.evaluate(() => globalThis.violations), kept });
} finally {
  await browser.close();
  process.exit();
}
