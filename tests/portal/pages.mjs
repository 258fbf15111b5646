/**
 * Every page of the router, as each of several people: `node pages.mjs JSON`, with `base`, `chromium`, `routes` (paths such as
 * `/deals/$id`), and `people`: a name, what sizes their window takes, and whether axe looks. Prints by name what was wrong, which
 * address stood for each route, and all that the server and the page said, as JSON.
 *
 * Ids in paths are those that the pages' own links lead to.
 */

import { audited, entered, launched } from "./browser.mjs";

const { base, chromium, routes, people } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);

const pattern = (route) => new RegExp(`^${route.replace(/\$\w+/g, "[^/]+")}$`);

/** Once the page stands: its heading is there, and nothing grey is waiting. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector("main .skeleton"));
}

async function walked({ name, sizes, axe }) {
  const findings = [];
  const visited = {};
  const said = [];
  for (const size of sizes) {
    const { page, seen } = await entered(browser, base, name, size);
    const left = new Map(routes.map((route) => [route, route.includes("$") ? undefined : route]));
    for (;;) {
      const next = [...left].find(([, address]) => address);
      if (!next) break;
      const [route, address] = next;
      left.delete(route);
      await page.goto(base + address);
      await settled(page);
      visited[route] = address;
      said.push(await page.content());
      if (axe) findings.push(...(await audited(page, `${name} ${size.width} ${address}`)));
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) findings.push(`${name}: ${address} is wider than ${size.width}`);
      if (await page.locator("main .problem").count()) findings.push(`${name}: ${address}: ${await page.locator("main .problem").first().textContent()}`);
      const links = await page.locator("a").evaluateAll((all) => all.map((one) => one.href));
      for (const link of links.filter((one) => one.startsWith(`${base}/`))) {
        const path = new URL(link).pathname;
        for (const [other, known] of left) {
          if (!known && pattern(other).test(path) && !routes.includes(path)) left.set(other, path);
        }
      }
    }
    await seen.settled();
    findings.push(...seen.wrong.map((one) => `${name}: ${one}`), ...seen.violations.map((one) => `${name}: ${one}`));
    findings.push(...[...seen.hosts].filter((host) => host !== new URL(base).host));
    said.push(...seen.answers);
    await page.context().close();
  }
  return { findings, visited, said };
}

try {
  const answer = {};
  for (const one of people) answer[one.name] = await walked(one);
  console.log(JSON.stringify(answer));
} finally {
  await browser.close();
}
