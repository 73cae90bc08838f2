/** Fields that this version does not know, from a real process: told to the author once, refused while a plugin is in development. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { until } from "../../support/until.ts";

const program = `
let id = 0, rest = "";
const send = (message) => {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write("Content-Length: " + Buffer.byteLength(body) + "\\r\\n\\r\\n" + body);
};
const publish = (more) => send({ id: ++id, method: "publish", params: { topic: "self.log", data: 1, ...more } });
process.stdin.on("data", (chunk) => {
  rest += chunk;
  const answers = [...rest.matchAll(/"id":(\\d+),"(result|error)"/g)].length;
  if (answers === 3) { rest = ""; process.stderr.write("answered\\n"); }
});
publish({ colour: "red" }); publish({ colour: "blue" }); publish({ shape: "round" });
`;

describe("a field that this version does not know", function () {
  this.timeout(15_000);
  for (const development of [false, true]) {
    it(`is ${development ? "refused of a plugin in development" : "ignored"}, and told in its log once`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "parley-fields-"));
      const root = join(folder, "plugin");
      mkdirSync(root);
      writeFileSync(join(root, "main.mjs"), program);
      const launcher = new NodeLauncher({
        runsFolder: join(folder, "runs"),
        sdkDir: undefined,
        guardianProgram: undefined,
        pythonPath: () => undefined,
        logger: silentLogger,
      });
      const taken: unknown[] = [];
      const run = { runtime: "node", entry: "./main.mjs" } as const;
      const spec = { plugin: "strange", epoch: 1, root, dataDir: join(folder, "data"), run, env: {}, development };
      const process = launcher.launch(spec, (_method, params) => {
        taken.push(params);
        return { eventId: "e" };
      });
      const lines: string[] = [];
      process.onText(({ text }) => lines.push(text));
      try {
        await until("all are answered", () => lines.includes("answered"));
        const told = lines.filter((line) => line.startsWith("Parley:"));
        assert.equal(told.length, 2, told.join("\n"));
        assert.match(told[0] ?? "", /"publish" has the field "colour"/);
        assert.match(told[1] ?? "", development ? /"shape".*refused/ : /"shape".*ignored/);
        assert.equal(taken.length, development ? 0 : 3);
      } finally {
        process.kill();
        await process.exited;
        launcher.dispose();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
