// Holds messages to what the services publish: Slack's blocks to its types, cards to Microsoft's own parser. The file
// that is named has them as JSON, {slack: [body, …], teams: [body, …]}; the answer has what is wrong with each.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import ts from "typescript";

const require = createRequire(import.meta.url);
const cards = require("adaptivecards/dist/adaptivecards.js");
const { slack, teams } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const FILE = "message.ts";

function complaintsOfSlack(body) {
  const blocks = JSON.stringify(body.blocks);
  const text = `import type { KnownBlock } from "@slack/types";\nexport const blocks: KnownBlock[] = ${blocks};\n`;
  const options = { strict: true, noEmit: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...more) =>
    name === FILE ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext) : getSourceFile.call(host, name, ...more);
  host.fileExists = (name) => name === FILE || fileExists.call(host, name);
  host.readFile = (name) => (name === FILE ? text : readFile.call(host, name));
  const program = ts.createProgram([FILE], options, host);
  return ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"));
}

function complaintsOfTeams(body) {
  return body.attachments.flatMap(({ content }) => {
    const context = new cards.SerializationContext(cards.Version.parse(content.version, new cards.SerializationContext()));
    const card = new cards.AdaptiveCard();
    card.parse(content, context);
    const told = Array.from({ length: context.eventCount }, (_, place) => context.getEventAt(place).message);
    return [...told, ...card.validateProperties().validationEvents.map((one) => one.message)];
  });
}

process.stdout.write(
  JSON.stringify({ slack: slack.map(complaintsOfSlack), teams: teams.map(complaintsOfTeams) }),
);
