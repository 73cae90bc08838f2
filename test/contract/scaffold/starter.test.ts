/** What `npm create parley-plugin` and `Parley: Create Plugin` make: it is tested, type-checked and run as it stands. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Host } from "../../../src/core/host.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { findPackages, packageFolder } from "../../../src/node/packages.ts";
import { until } from "../../support/until.ts";
import { exampleHost, repository, sdkDir } from "../docs/exampleHost.ts";

const starter = join(repository, "dist", "create-parley-plugin");
const guide = readFileSync(join(repository, "plugins", "scaffold", "guide.md"), "utf8");

interface Run {
  readonly code: number | null;
  readonly output: string;
}

describe("a plugin that was just created", function () {
  this.timeout(60_000);
  let folder: string;
  let launcher: NodeLauncher | undefined;
  let host: Host | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-new-"));
    mkdirSync(join(folder, "workspace"));
  });
  afterEach(async () => {
    await host?.stop();
    launcher?.dispose();
    host = launcher = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  /** As `npm create` runs it: the package by its folder, its program by its name. */
  const create = (...args: string[]): Run =>
    run("npm", ["exec", "--yes", "--offline", `--package=${starter}`, "--", "create-parley-plugin", ...args], folder);

  /** npm remembers nothing of earlier runs, and leaves nothing. */
  function run(command: string, args: readonly string[], cwd: string): Run {
    const npm = { npm_config_cache: join(folder, "npm"), npm_config_update_notifier: "false" };
    const env = { ...process.env, ...npm, NODE_DISABLE_COMPILE_CACHE: "1" };
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 50_000 });
    return { code: status, output: `${stdout}${stderr}${error ?? ""}` };
  }

  async function load(name: string): Promise<Host> {
    launcher = new NodeLauncher({
      runsFolder: join(folder, "runs"),
      sdkDir,
      guardianProgram: undefined,
      pythonPath: () => undefined,
      logger: silentLogger,
    });
    host = await exampleHost({ launcher, folder: join(folder, "workspace") });
    await host.setInstalled(
      await findPackages([packageFolder(join(folder, name), "development")], join(folder, "data")),
    );
    const { eligibility } = host.supervisor.view(name) ?? {};
    assert.equal(eligibility?.ok === false && eligibility.reason, "needsConsent", "nothing runs before it is let in");
    await host.letIn(name);
    return host;
  }

  it("comes from a program that the build leaves ready to run, before npm has linked it", () => {
    const help = run(join(starter, "create.js"), ["--help"], folder);
    assert.equal(help.code, 0, help.output);
  });

  for (const [language, test] of [
    ["typescript", ["npm", "test"]],
    ["python", ["python3", "-m", "unittest"]],
  ] as const) {
    it(`has tests that pass, and that fail when it is broken, in ${language}`, () => {
      const made = create("word-tools", "--language", language);
      assert.equal(made.code, 0, made.output);
      const [command, ...args] = test;
      const passed = run(command, args, join(folder, "word-tools"));
      assert.equal(passed.code, 0, passed.output);
      assert.match(passed.output, /tests 3\b|Ran 3 tests/);
      const main = join(folder, "word-tools", language === "python" ? "main.py" : "main.ts");
      writeFileSync(main, readFileSync(main, "utf8").replace(/"deny"/, '"allow"'));
      assert.notEqual(run(command, args, join(folder, "word-tools")).code, 0, "its tests see what is broken");
    });

    it(`has a tool, a command, a subscription and a hook that work in the host, in ${language}`, async () => {
      assert.equal(create("word-tools", "-l", language).code, 0);
      const { calls, conversations, publish, offers, supervisor } = await load("word-tools");
      const call = async (name: string, args = {}) =>
        (await calls.call({ caller: "person", to: { plugin: "word-tools" }, name, args })).result;
      assert.deepEqual(await call("count_words", { text: "to be\nor not" }), { words: 4, lines: 2 });
      publish("editor.saved", { uri: "file:///a", path: "a" });
      await until("it heard of the saved file", async () => {
        return (JSON.stringify(await call("show_saves")) ?? "") === '{"saves":1}';
      });
      const conversation = await conversations.visible();
      assert.ok(conversation.items().some((item) => item.kind === "message" && item.origin?.plugin === "word-tools"));
      const facets = offers.ofPlugin("word-tools").map(({ offer }) => offer.facets);
      assert.deepEqual(facets, [{ agent: true }, { palette: true }]);
      assert.equal(supervisor.view("word-tools")?.process, "running");
    });
  }

  it("has types: its sources check as they were made, and a wrong argument does not", () => {
    assert.equal(create("typed").code, 0);
    const plugin = join(folder, "typed");
    const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
    const check = () => run(process.execPath, [compiler, "-p", "."], plugin);
    const made = check();
    assert.equal(made.code, 0, made.output);
    const wrong = `
      import { readFile } from "node:fs/promises";
      import { createPlugin } from "@parley/sdk";
      createPlugin().publish(3);
      export const content: number = await readFile(import.meta.filename, process.env.ENCODING ?? Buffer.name);
    `;
    writeFileSync(join(plugin, "wrong.ts"), wrong);
    assert.match(
      check().output,
      /^wrong\.ts\(4,30\): error TS2345.*\n$/,
      "Node's own are untyped until they are there",
    );
    for (const name of ["@types/node", "undici-types"])
      cpSync(join(repository, "node_modules", name), join(plugin, "node_modules", name), { recursive: true });
    const installed = check().output;
    assert.match(installed, /wrong\.ts\(4,30\): error TS2345/);
    assert.match(installed, /wrong\.ts\(5,20\): error TS2322/, "what `npm install` brings takes their place");
    rmSync(join(plugin, "wrong.ts"));
    assert.equal(check().output, "");
  });

  it("refuses a name that is none, a language without a template, and a folder that exists", () => {
    assert.match(create("Word Tools").output, /cannot be a plugin's name.*Try "word-tools"/);
    assert.match(create("tools", "-l", "cobol").output, /no template for "cobol"/);
    mkdirSync(join(folder, "there"));
    const third = create("there");
    assert.equal(third.code, 1);
    assert.match(third.output, /exists already/);
    assert.match(create("--nonsense").output, /Unknown option/);
  });

  for (const [language, main, test, command] of [
    ["typescript", "main.ts", "main.test.ts", ["npm", "test"]],
    ["python", "main.py", "test_main.py", ["python3", "-m", "unittest"]],
  ] as const) {
    it(`can be written from the guide that the agent reads, in ${language}`, async () => {
      assert.equal(create("roman", "-l", language).code, 0);
      const plugin = join(folder, "roman");
      const [manifest = ""] = blocks("json");
      const own = manifest.replace(
        '"node", "entry": "./main.ts"',
        `"${language === "python" ? "python" : "node"}", "entry": "./${main}"`,
      );
      const [program = "", tests = pythonTest] = blocks(language === "python" ? "python" : "ts");
      for (const [file, text] of Object.entries({ "plugin.json": own, [main]: program, [test]: tests }))
        writeFileSync(join(plugin, file), text);
      const [tester, ...args] = command;
      const passed = run(tester, args, plugin);
      assert.equal(passed.code, 0, passed.output);
      const { calls } = await load("roman");
      const request = { caller: "person", to: { plugin: "roman" }, name: "to_roman", args: { number: 1987 } };
      assert.deepEqual((await calls.call(request)).result, { roman: "MCMLXXXVII" });
    });
  }
});

/** The guide's words on tests in Python, as the program that they describe. */
const pythonTest = `import sys, unittest
from pathlib import Path
folder = Path(__file__).parent
sys.path.insert(0, str(folder / ".parley-sdk"))
from parley.testing import TestHost

class Roman(unittest.TestCase):
    def test_four(self):
        with TestHost(folder) as host:
            self.assertEqual(host.call("to_roman", {"number": 4}), {"roman": "IV"})
`;

/** The guide's code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text = ""]) => text,
  );
}
