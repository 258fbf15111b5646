/**
 * Every page when things go wrong: `node states.mjs JSON`, with `base`, `chromium`, `name`, `addresses` (of pages) and `readers` (of filters in
 * addresses, as `names.mjs` takes them); all kinds of garbage with `whole`. Prints what was wrong, as JSON.
 */

import { entered, launched } from "./browser.mjs";
import { filtersOf } from "./names.mjs";

const { base, chromium, name, addresses, readers, whole } = JSON.parse(process.argv[2]);
/** All filters of a page at once: each with what is none of its values, with other types, too long, and not to be read at all. */
const searchesOf = (names) => [
  [...names, "unknown", "__proto__"].map((one) => `${one}=constructor`).join("&"),
  names.map((one, place) => `${one}=${["%7B%22a%22%3A%5B1%5D%7D", "1e400", "null", "%00", "%ED%A0%80", "-1", "2026-13-45"][place % 7]}`).join("&"),
  names.map((one) => `${one}=${"x".repeat(Math.floor(6_000 / names.length))}&${one}[]=1&${one}=2`).join("&"),
  "%&=&&=%E0%A4%A&????",
];
/** Without these there is no page around the page. */
const AROUND = ["Shell", "LogEnd"];
const REQUEST = "11111111-2222-4333-8444-555555555555";
const FAILED = { errors: [{ message: "It broke", extensions: { code: "INTERNAL", requestId: REQUEST } }] };
const GRAPHQL = "**/graphql";

const browser = await launched(chromium);
const findings = [];
let at = "";

const stands = (page) => page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector("main .skeleton"));
/** As a link of the portal's own leads there, without loading the program again. */
const goes = (page, address) => page.evaluate((to) => history.pushState({}, "", to), address);

async function failing(page, seen) {
  const fail = async (route) => {
    const { operationName } = JSON.parse(route.request().postData() ?? "{}");
    if (AROUND.includes(operationName)) return route.continue();
    return route.fulfill({ status: 500, contentType: "application/graphql-response+json", body: JSON.stringify(FAILED) });
  };
  for (const address of addresses) {
    at = address;
    await page.route(GRAPHQL, fail);
    await page.goto(base + address);
    const problem = page.locator("main .problem");
    await problem.first().waitFor();
    const shown = await problem.allTextContents();
    if (!shown.every((text) => text.includes(REQUEST))) findings.push(`${address}: no id of the request in ${shown}`);
    await page.unroute(GRAPHQL, fail);
    // One button after the other, since what one brings may need another.
    for (;;) {
      await page.waitForFunction(() => document.querySelector("main .problem") || (document.querySelector("main h1") && !document.querySelector("main .skeleton")));
      const pressed = await page.evaluate(() => {
        const button = document.querySelector("main .problem button");
        button?.click();
        return Boolean(button);
      });
      if (!pressed && !(await problem.count())) break;
    }
  }
  seen.wrong = seen.wrong.filter((one) => !one.includes("status of 500"));
}

async function offline(page, seen) {
  await page.context().setOffline(true);
  for (const address of addresses) {
    at = address;
    await goes(page, address);
    await page.locator(".offline").waitFor();
    await page.waitForFunction(() => document.querySelector("main h1, main .problem") && !document.querySelector("main .skeleton"));
  }
  await page.context().setOffline(false);
  seen.wrong = seen.wrong.filter((one) => !one.includes("ERR_INTERNET_DISCONNECTED"));
}

async function misled(page) {
  for (const { path, names } of await filtersOf(readers.filter((one) => !one.path.includes("$")))) {
    for (const search of searchesOf(names).slice(0, whole ? undefined : 2)) {
      at = `${path}?${search.slice(0, 300)}`;
      await page.goto(`${base}${path}?${search}`);
      await page.waitForFunction(() => document.querySelector("main h1, main .problem") && !document.querySelector("main .skeleton"));
      // What the server takes for nothing, ids that it never gave say, is said to be none, with a way to what there is.
      const way = page.locator("main .problem a");
      if (await way.count()) await way.first().click();
      await stands(page);
      if (await page.locator("main .problem").count()) findings.push(`${at}: ${await page.locator("main .problem").first().textContent()}`);
    }
  }
}

try {
  const { page, seen } = await entered(browser, base, name);
  for (const step of [failing, misled, offline]) {
    await step(page, seen);
    findings.push(...seen.wrong.map((one) => `${step.name}: ${one}`), ...seen.violations);
    seen.wrong = [];
  }
  console.log(JSON.stringify({ findings }));
} catch (error) {
  const page = browser.contexts()[0]?.pages()[0];
  throw new Error(`at ${at}, ${page?.url()}: ${await page?.evaluate(() => document.body.innerHTML)}`, { cause: error });
} finally {
  await browser.close();
}
