/** Pictures of every page, wide and on a phone, light and dark: `node pictures.mjs JSON`. Prints what it made.
 *
 * `views`: what stands in `docs/pictures`, `{ name, person, path, follow }`; `follow` is the link that leads on from there.
 */

import { join } from "node:path";
import { entered, launched } from "./browser.mjs";

const { base, chromium, into, views } = JSON.parse(process.argv[2]);
const QUALITY = 50;
const SIZES = [
  { kind: "", width: 1440, height: 900, deviceScaleFactor: 2 / 3 },
  { kind: "-phone", width: 390, height: 844, deviceScaleFactor: 1 },
];

const browser = await launched(chromium);
try {
  const made = [];
  for (const person of new Set(views.map((view) => view.person))) {
    for (const { kind, ...size } of SIZES) {
      const { page } = await entered(browser, base, person, size);
      for (const { name, path, follow } of views.filter((view) => view.person === person)) {
        await page.goto(`${base}${path}`);
        if (follow) await page.goto(new URL(await page.locator(follow).first().getAttribute("href"), base).href);
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector(".skeleton"));
          await page.waitForLoadState("networkidle");
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const file = `${name}${kind}${colorScheme === "dark" ? "-dark" : ""}.jpg`;
          await page.screenshot({ path: join(into, file), type: "jpeg", quality: QUALITY });
          made.push(file);
        }
      }
      await page.context().close();
    }
  }
  console.log(JSON.stringify({ made }));
} finally {
  await browser.close();
}
