/** What authors get wrong first, each with a real plugin, in the words of the page on troubleshooting. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../../../src/base/failure.ts";
import { failureOf } from "../../support/failures.ts";
import { manifestText, type RealHost, realHost } from "../../support/realHost.ts";
import { readTroubles } from "../../tools/docs/trouble.ts";

const group = "The first errors of an author";
const go = { name: "go", description: "Goes.", action: "read" };

/** Plugins with one fault each: what their program is, and what a call of `go` is told. Names end in the program's language. */
const faults: Readonly<Record<string, { program: string; offer?: object; told: RegExp }>> = {
  "enum.ts": {
    program: 'import { createPlugin } from "@parley/sdk";\nenum Colour { Red }\nawait createPlugin().start();\n',
    told: /exited with code 1 before it answered initialize\. Its last words: .*enum is not supported/,
  },
  "missing.py": {
    program: "import no_such_module\n",
    told: /exited with code 1 before it answered initialize\. Its last words: .*No module named 'no_such_module'/,
  },
  "early.py": {
    program: 'from parley import Plugin\nplugin = Plugin()\nplugin.storage.set("key", 1)\nplugin.start()\n',
    told: /The plugin is not started yet: use the verbs in on_ready or in a handler\./,
  },
  "unstarted.ts": {
    program: 'import { createPlugin } from "@parley/sdk";\ncreatePlugin().offer("go", () => 1);\n',
    told: /exited with code 0 before it answered initialize\. Does its program end with plugin\.start\(\)\?/,
  },
  "unheard.ts": {
    program: 'import { createPlugin } from "@parley/sdk";\nawait createPlugin().start();\n',
    told: /^The plugin has no offer named "go"\./,
  },
  "dates.py": {
    program:
      'import datetime\nfrom parley import Plugin\nplugin = Plugin()\nplugin.offer("go", lambda args: datetime.datetime.now())\nplugin.start()\n',
    told: /^The result of "call" cannot be written as JSON\./,
  },
  "schema.py": {
    program: "from parley import Plugin\nPlugin().start()\n",
    offer: { ...go, input: { type: "text" } },
    told: /^The input schema of schema\.py\/go is not a JSON Schema that can be used: /,
  },
};

describe("the first errors of an author", function () {
  this.timeout(60_000);
  let real: RealHost;
  before(async () => {
    const packages = (folder: string) => {
      for (const [name, { program, offer = go }] of Object.entries(faults)) {
        const [runtime, entry] = name.endsWith(".ts") ? ["node", "./main.ts"] : ["python", "./main.py"];
        mkdirSync(join(folder, name), { recursive: true });
        writeFileSync(join(folder, name, entry), program);
        writeFileSync(
          join(folder, name, "plugin.json"),
          manifestText(name, { run: { runtime, entry }, offers: [offer] }),
        );
      }
    };
    real = await realHost({ packages });
  });
  after(() => real.stop());

  it("are told in the words of the page", async () => {
    const call = (plugin: string) => real.host.calls.call({ caller: "person", to: { plugin }, name: "go", args: {} });
    const told = await Promise.all(Object.keys(faults).map((name) => failureOf(call(name))));
    for (const [index, [name, { told: words }]] of Object.entries(faults).entries())
      assert.match((told[index] as Failure).message, words, name);
    const entries = readTroubles().find((one) => one.group === group)?.entries ?? [];
    assert.equal(entries.length, 6);
    for (const { kind, says } of entries) {
      const pieces = says.split("…").map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      const quoted = new RegExp(pieces.join(".*"));
      assert.ok(
        told.some((failure) => failure.kind === kind && quoted.test(failure.message)),
        says,
      );
    }
  });
});
