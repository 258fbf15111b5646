/** Every page of the navigation, as each of the demo's people, wide and on a phone: `node roles.mjs JSON`. Prints what was wrong. */

import { audited, entered, launched } from "./browser.mjs";

const { base, chromium, names } = JSON.parse(process.argv[2]);
const browser = await launched(chromium);
try {
  const findings = [];
  for (const name of names) {
    for (const size of [
      { width: 1440, height: 900 },
      { width: 320, height: 700 },
    ]) {
      const { page, seen } = await entered(browser, base, name, size);
      const links = await page.locator("nav a").evaluateAll((all) => all.map((one) => one.href));
      await page.goto(`${base}/board`);
      links.push(await page.locator(".card-name").first().getAttribute("href"));
      for (const link of links) {
        await page.goto(link);
        await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector(".skeleton"));
        findings.push(...(await audited(page, `${name} ${size.width} ${link.slice(base.length)}`)));
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) findings.push(`${link} is wider than ${size.width}`);
      }
      findings.push(...seen.wrong, ...seen.violations);
      await page.context().close();
    }
  }
  console.log(JSON.stringify({ findings }));
} finally {
  await browser.close();
}
