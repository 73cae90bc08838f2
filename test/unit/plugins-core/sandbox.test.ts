import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sandboxDemand } from "../../../src/core/plugins/sandbox.ts";
import type { LaunchSpec } from "../../../src/core/ports.ts";
import type { Command, Runtimes } from "../../../src/node/command.ts";
import { PythonFinder } from "../../../src/node/python.ts";
import { PythonEnvironments } from "../../../src/node/pythonEnvironments.ts";
import { Sandboxes } from "../../../src/node/sandbox/sandboxes.ts";
import type { RunSpec } from "../../../src/protocol/manifest.ts";
import { workspaceName } from "../../../src/protocol/workspaceName.ts";
import { failureOf } from "../../support/failures.ts";
import { valuesOf } from "./argumentValues.ts";

it("the setting for sandboxes goes by name, and a slip of the pen shuts more and not less", () => {
  const setting = { "*": "on", free: "off", strict: "required", slip: "requierd", wrong: 1 };
  const demands = ["free", "strict", "other", "slip", "wrong"].map((name) => sandboxDemand(setting, name));
  assert.deepEqual(demands, ["off", "required", "on", "required", "off"]);
  for (const none of [{}, [], "on", null, undefined]) assert.equal(sandboxDemand(none, "p"), "off");
  assert.equal(sandboxDemand({ p: "on" }, "toString"), "off");
});

describe("choosing a sandbox", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-choice-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const runtimes: Runtimes = {
    node: process.execPath,
    electron: false,
    sdkDir: undefined,
    python: new PythonFinder(() => undefined),
    environments: new PythonEnvironments(),
  };

  /** A machine on which these programs work; every other cannot be found, or fails with a text. */
  function machine(platform: NodeJS.Platform, works: readonly string[], fails: Record<string, string> = {}) {
    const ran: string[] = [];
    const sandboxes = new Sandboxes({
      runtimes,
      platform,
      run: async (file, args) => {
        ran.push([file, ...args].join(" "));
        if (args.includes("-c"))
          return JSON.stringify(["/opt/py/bin/python3", "/opt/venv", "/opt/py", "/opt/venv", "/usr"]);
        if (works.includes(file)) return "";
        const text = fails[file];
        if (text !== undefined) throw new Error(`Command failed: ${file}\n${text}`);
        throw Object.assign(new Error("spawn ENOENT"), { code: "ENOENT" });
      },
    });
    return { sandboxes, ran };
  }

  const spec = (run: RunSpec, demand?: "on" | "required"): LaunchSpec => ({
    plugin: "p",
    epoch: 1,
    root: folder,
    dataDir: join(folder, "data"),
    run,
    env: {},
    ...(demand ? { sandbox: { demand, workspace: [], tools: [] } } : {}),
  });
  const node: RunSpec = { runtime: "node", entry: "./main.js" };
  const python: RunSpec = { runtime: "python", entry: "./main.py" };
  const command: Command = { file: process.execPath, args: ["main.js", "x"], env: { A: "1" } };
  const messageOf = async (promise: Promise<unknown>) => {
    const { message, todo = "" } = await failureOf(promise);
    return `${message} ${todo}`;
  };

  it("nothing is asked for: the command stays as it is, and nothing is tried", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    const { command: same, state } = await sandboxes.shut(spec(node), command, folder);
    assert.equal(same, command);
    assert.equal(state.kind, "none");
    assert.deepEqual(ran, []);
  });

  it("Linux: bubblewrap, for every runtime; whether it works is tried once", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    for (let round = 0; round < 2; round++) {
      const { command: shut, state } = await sandboxes.shut(spec(node, "on"), command, folder);
      assert.match(shut.file, /^(?:\/.*\/)?bwrap$/);
      assert.deepEqual(shut.args.slice(-3), [process.execPath, "main.js", "x"]);
      assert.equal(shut.wrapped, true);
      assert.deepEqual(shut.env, { A: "1", TMPDIR: folder, TEMP: folder, TMP: folder });
      assert.ok(shut.args.includes(dirname(realpathSync(process.execPath))), "Node's folder is readable");
      assert.equal(state.kind, "bubblewrap");
    }
    assert.equal(ran.length, 1);
  });

  it("Linux without bubblewrap, or where the kernel forbids it: Node's permission model for Node, none for Python", async () => {
    const forbidden = { bwrap: "bwrap: setting up uid map: Permission denied" };
    const { sandboxes, ran } = machine("linux", [process.execPath], forbidden);
    const { command: shut, state } = await sandboxes.shut(spec(node, "on"), command, folder);
    assert.equal(state.kind, "node");
    assert.equal(shut.file, process.execPath);
    assert.equal(shut.args[0], "--permission");
    assert.deepEqual(shut.args.slice(-2), ["main.js", "x"]);
    const open = await sandboxes.shut(spec(python, "on"), command, folder);
    assert.equal(open.command, command);
    assert.match(open.state.text, /bubblewrap \(bwrap\) does not work: bwrap: setting up uid map: Permission denied\./);
    const refused = await messageOf(sandboxes.shut(spec(python, "required"), command, folder));
    assert.match(
      refused,
      /a sandbox is required and none works here.*uid map: Permission denied.*parley\.plugins\.sandbox/,
    );
    assert.ok(ran.filter((line) => line.startsWith("bwrap")).length >= 2, "what did not work is tried again");
  });

  it("a plugin under a debugger: not Node's permission model, which lets none in", async () => {
    const { sandboxes } = machine("win32", [process.execPath]);
    const { state } = await sandboxes.shut({ ...spec(node, "on"), inspect: 0 }, command, folder);
    assert.equal(state.kind, "none");
    assert.match(state.text, /Node's permission model lets no debugger in\./);
  });

  it("macOS: sandbox-exec, which becomes the program itself", async () => {
    const { sandboxes } = machine("darwin", ["/usr/bin/sandbox-exec"]);
    const { command: shut, state } = await sandboxes.shut(spec(node, "required"), command, folder);
    assert.equal(state.kind, "sandbox-exec");
    assert.equal(shut.file, "/usr/bin/sandbox-exec");
    assert.equal(shut.args[0], "-p");
    assert.match(shut.args[1] ?? "", /\(deny default\)/);
    assert.deepEqual(shut.args.slice(2), [process.execPath, "main.js", "x"]);
    assert.ok(!shut.wrapped);
  });

  it("Python: by where it really lies, and without what only finds it", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const py: Command = { file: "py", args: ["-3", "-u", "main.py"], env: {}, launcher: ["-3"] };
    const { command: shut } = await sandboxes.shut(spec(python, "on"), py, folder);
    assert.deepEqual(shut.args.slice(-3), ["/opt/py/bin/python3", "-u", "main.py"]);
  });

  it("Python of an environment: asked is not the interpreter, which the plugin may have replaced, but the one it was made with", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    const py: Command = {
      file: "/data/env/bin/python",
      args: ["-u", "main.py"],
      env: {},
      launcher: [],
      base: ["py", "-3"],
    };
    const { command: shut } = await sandboxes.shut(spec(python, "on"), py, folder);
    assert.deepEqual(shut.args.slice(-3), [py.file, "-u", "main.py"]);
    assert.ok(ran.every((line) => !line.startsWith(py.file)));
    assert.match(ran.at(-1) ?? "", /^py -3 -I -c /);
  });

  it("the manifest's variables are set inside bubblewrap alone, and nothing of the host's is replaced", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const env = { PATH: "/evil", LD_PRELOAD: "/evil.so", GREETING: "a b", A: "2", PLUGIN_ROOT: "/", TMPDIR: "/evil" };
    const { command: shut } = await sandboxes.shut(spec({ ...node, env }, "on"), command, folder);
    assert.deepEqual(shut.runEnv, {});
    assert.deepEqual(valuesOf(shut.args, "--setenv"), ["PATH", "LD_PRELOAD", "GREETING"]);
    assert.deepEqual(shut.args.slice(shut.args.indexOf("GREETING")).slice(0, 2), ["GREETING", "a b"]);
  });

  it("Node's permission model: no variable of the manifest's gives it code or options", async () => {
    const { sandboxes } = machine("win32", [process.execPath]);
    const env = {
      NODE_OPTIONS: "--allow-fs-read=*",
      LD_PRELOAD: "x",
      Node_Path: "x",
      NODE_ENV: "production",
      MINE: "1",
    };
    const { command: shut } = await sandboxes.shut(spec({ ...node, env }, "on"), command, folder);
    assert.deepEqual(shut.runEnv, { NODE_ENV: "production", MINE: "1" });
  });

  it("a bare command: by where the PATH has it; what is nowhere is said", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const run = (name: string): RunSpec => ({ runtime: "command", command: name });
    const { command: shut } = await sandboxes.shut(
      spec(run("node"), "on"),
      { file: "node", args: [], env: {} },
      folder,
    );
    assert.match(shut.args.at(-1) ?? "", /^\/.*\/node$/);
    const missing = sandboxes.shut(spec(run("no-such"), "on"), { file: "no-such", args: [], env: {} }, folder);
    assert.match(await messageOf(missing), /no program "no-such" on the PATH/);
  });

  it("before a start it can be said what will hold it, and what stands in the way", async () => {
    const { sandboxes } = machine("win32", []);
    assert.match((await sandboxes.stateFor(spec(node))).text, /No sandbox is in force/);
    assert.match(
      (await sandboxes.stateFor(spec(python, "on"))).text,
      /no sandbox for python plugins on this system \(win32\)/,
    );
    assert.match(
      (await sandboxes.stateFor(spec(node, "required"))).text,
      /Node's permission model does not work.*is not installed/,
    );
    const wished: RunSpec = { ...node, sandbox: { reads: [workspaceName], network: true } };
    const { text } = await machine("linux", ["bwrap"]).sandboxes.stateFor(spec(wished, "on"));
    assert.match(
      text,
      /It reads its own folder and the open folder \(none is open\), and writes its data folder\. It has the network\./,
    );
  });
});
