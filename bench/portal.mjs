/**
 * The board in Chromium, from the browser's own trace: `node portal.mjs JSON`, with `base`, `chromium`, `playbook`, `person`, `rounds`,
 * `moves`. Prints figures in milliseconds and bytes, as JSON.
 *
 * Interactive: from the navigation's start to the moment when every column's first cards are painted and no task of the main thread
 * that began before is still running or follows within half a second with more than 50 ms. Painted: from the press that sends a move
 * (its time stamp) to the first frame that the browser draws after the card stands in the other column.
 */

import { chromium as browsers } from "playwright-core";

const { base, chromium, playbook, person, rounds, moves } = JSON.parse(process.argv[2]);
const LONG = 50_000;
const QUIET = 500_000;
const CATEGORIES = ["devtools.timeline", "blink.user_timing", "disabled-by-default-devtools.timeline.frame", "toplevel"];

const browser = await browsers.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const address = `${base}/board?playbook=${playbook}`;

/** Says in the trace when the board's first cards stand, and when a card came into another column. */
function watched() {
  const note = (name) => requestAnimationFrame(() => performance.mark(name));
  let stood = false;
  const look = () => {
    const columns = [...document.querySelectorAll("[data-stage]")];
    const isThere = columns.length > 0 && !document.querySelector("main .skeleton") && document.querySelector("[data-card]");
    if (isThere && !stood) {
      stood = true;
      note("bench:stands");
    }
    const { awaited } = globalThis;
    if (awaited && document.querySelector(`[data-stage="${awaited.stage}"] [data-card="${awaited.card}"]`)) {
      note(`bench:moved:${awaited.card}`);
      globalThis.awaited = undefined;
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  addEventListener("click", (event) => event.target.closest?.("[type=submit]") && performance.mark("bench:pressed", { startTime: event.timeStamp }), true);
}

async function opened() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(base);
  await page.getByRole("button", { name: person }).click();
  await page.getByRole("navigation").waitFor();
  const { cookies: _, origins } = await context.storageState();
  await context.close();
  // Nothing in the cache, but somebody signed in.
  const fresh = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", storageState: { cookies: [], origins } });
  await fresh.addInitScript(watched);
  return fresh.newPage();
}

async function traced(page, work) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: CATEGORIES } });
  await work();
  const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  return events;
}

const mark = (events, name) => events.find((one) => one.name === name && one.cat.includes("blink.user_timing"));

async function firstLoad() {
  const page = await opened();
  const session = await page.context().newCDPSession(page);
  let bytes = 0;
  await session.send("Network.enable");
  const paths = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (/\/assets\/.*\.(js|css)$/.test(paths.get(requestId) ?? "")) bytes += encodedDataLength;
  });
  const events = await traced(page, async () => {
    await page.goto(address);
    await page.waitForFunction(() => performance.getEntriesByName("bench:stands").length);
    await page.waitForTimeout(1_000);
  });
  const stands = mark(events, "bench:stands");
  const began = events.findLast((one) => one.name === "navigationStart" && one.ts < stands.ts && one.pid === stands.pid);
  const tasks = events.filter((one) => one.name === "RunTask" && one.pid === stands.pid && one.tid === stands.tid && one.dur > LONG);
  let interactive = stands.ts;
  for (const { ts, dur } of tasks.sort((a, b) => a.ts - b.ts)) if (ts < interactive + QUIET && ts + dur > interactive) interactive = ts + dur;
  const painted = events.find((one) => one.name === "firstContentfulPaint" && one.ts > began.ts);
  return { page, interactive: (interactive - began.ts) / 1000, painted: (painted.ts - began.ts) / 1000, bytes };
}

/** Moves cards one stage back, by keys, saying why; the optimistic card is what is waited for. */
async function moved(page, count) {
  const found = [];
  const events = await traced(page, async () => {
    const cards = await page.evaluate(() =>
      [...document.querySelectorAll("[data-stage]")].slice(1, 4).flatMap((column) => [...column.querySelectorAll("[data-card]")].map((one) => one.dataset.card)),
    );
    for (const card of cards) {
      if (found.length === count) break;
      await page.locator(`[data-card="${card}"] a`).focus();
      await page.keyboard.press("Space");
      await page.locator("[data-way]").first().waitFor();
      await page.keyboard.press("ArrowLeft");
      const stage = await page.locator("[data-over]").first().getAttribute("data-stage");
      await page.keyboard.press("Space");
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox").fill("Measured");
      await page.evaluate((awaited) => Object.assign(globalThis, { awaited }), { card, stage });
      await dialog.locator("button[type=submit]").click();
      await page.waitForFunction((name) => performance.getEntriesByName(name).length, `bench:moved:${card}`);
      await dialog.waitFor({ state: "detached" });
      found.push(card);
    }
    await page.waitForTimeout(300);
  });
  const marks = (prefix) => events.filter((one) => one.name.startsWith(prefix) && one.cat.includes("blink.user_timing")).sort((a, b) => a.ts - b.ts);
  const pressed = marks("bench:pressed");
  const frames = events.filter((one) => one.name === "DrawFrame").map(({ ts }) => ts).sort((a, b) => a - b);
  return marks("bench:moved").map(({ ts }) => {
    const began = pressed.findLast((one) => one.ts <= ts);
    const drawn = frames.find((one) => one > ts);
    return ((drawn ?? ts) - began.ts) / 1000;
  });
}

/** Every column to its end. */
async function all(page) {
  for (;;) {
    const left = await page.evaluate(() => {
      for (const one of document.querySelectorAll("[data-stage] .next-page")) one.click();
      return document.querySelectorAll("[data-stage] .next-page, main .skeleton").length;
    });
    if (!left) return page.locator("[data-card]").count();
    await page.waitForTimeout(50);
  }
}

try {
  const loads = [];
  let page;
  for (let round = 0; round < rounds; round += 1) {
    await page?.context().close();
    const load = await firstLoad();
    ({ page } = load);
    loads.push({ interactive: load.interactive, painted: load.painted, bytes: load.bytes });
  }
  const shown = await page.locator("[data-card]").count();
  const first = await moved(page, moves);
  const cards = await all(page);
  const whole = await moved(page, moves);
  console.log(JSON.stringify({ loads, shown, first, cards, whole, version: browser.version() }));
} finally {
  await browser.close();
}
