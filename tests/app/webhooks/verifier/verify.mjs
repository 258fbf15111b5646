// Verifies a webhook as its receiver would: secret, headers and body stand as JSON in the file that is named.
import { readFileSync } from "node:fs";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const { secret, headers, body } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const told = {};
for (const [name, Webhook] of Object.entries({ standardwebhooks: Standard, svix: Svix })) {
  try {
    new Webhook(secret).verify(body, headers);
    told[name] = "verified";
  } catch (error) {
    told[name] = String(error.message ?? error);
  }
}
process.stdout.write(JSON.stringify(told));
