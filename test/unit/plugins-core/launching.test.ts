import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "../../../src/base/clock.ts";
import { deferred } from "../../../src/base/deferred.ts";
import { Secrets } from "../../../src/core/config/secrets.ts";
import type { LaunchSpec } from "../../../src/core/ports.ts";
import { type Command, commandFor, type Runtimes } from "../../../src/node/command.ts";
import { pluginEnvironment } from "../../../src/node/environment.ts";
import { LineGate, LineSplitter, Tail } from "../../../src/node/lines.ts";
import { isAlive, startOf } from "../../../src/node/processIdentity.ts";
import { posixTree, systemTree, windowsTree } from "../../../src/node/processTree.ts";
import { PythonFinder } from "../../../src/node/python.ts";
import { PythonEnvironments } from "../../../src/node/pythonEnvironments.ts";
import { stopLadder } from "../../../src/node/stopLadder.ts";
import type { RunSpec } from "../../../src/protocol/manifest.ts";
import { failureOf } from "../../support/failures.ts";
import { settle } from "./fakes.ts";

describe("the stop ladder", () => {
  function climb(leavesAt: string | undefined, { answers = false, canAsk = true } = {}) {
    const clock = new FakeClock();
    const steps: string[] = [];
    const exited = deferred<void>();
    const step = (name: string) => {
      steps.push(`${name} ${clock.now()}`);
      if (name === leavesAt) exited.resolve();
    };
    const done = stopLadder({
      clock,
      exited: exited.promise,
      shutdown: () => {
        if (!canAsk) return undefined;
        step("shutdown");
        return answers ? Promise.resolve() : new Promise(() => {});
      },
      exit: () => step("exit"),
      terminate: () => step("terminate"),
      kill: () => step("kill"),
    });
    return { clock, steps, done };
  }

  async function pass(clock: FakeClock, milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      await settle();
      clock.advance(100);
    }
    await settle();
  }

  const rows: [string, string, { answers?: boolean; canAsk?: boolean }, string[]][] = [
    ["a polite plugin", "exit", { answers: true }, ["shutdown 0", "exit 0"]],
    ["one that leaves at shutdown", "shutdown", {}, ["shutdown 0"]],
    ["one that does not answer", "exit", {}, ["shutdown 0", "exit 1500"]],
    ["one that heeds SIGTERM", "terminate", {}, ["shutdown 0", "exit 1500", "terminate 2000"]],
    ["one that heeds nothing", "kill", {}, ["shutdown 0", "exit 1500", "terminate 2000", "kill 3000"]],
    ["one that was never initialized", "kill", { canAsk: false }, ["exit 0", "terminate 500", "kill 1500"]],
  ];
  for (const [what, leavesAt, options, expected] of rows) {
    it(`ends ${what} with as little force as it takes`, async () => {
      const { clock, steps, done } = climb(leavesAt, options);
      await pass(clock, 4_000);
      await done;
      assert.deepEqual(steps, expected);
    });
  }
});

it("on Windows the tree is ended by taskkill, without waiting for it", () => {
  const started: string[] = [];
  const tree = windowsTree((file, args) => void started.push([file, ...args].join(" ")));
  tree.terminate(42);
  tree.kill(42);
  tree.reap(42);
  assert.deepEqual(started, ["taskkill /PID 42 /T /F", "taskkill /PID 42 /T /F"]);
});

it("the tree is ended by taskkill on Windows alone", () => {
  assert.equal(systemTree("linux"), posixTree);
  assert.equal(systemTree("darwin"), posixTree);
  assert.notEqual(systemTree("win32"), posixTree);
});

it("a process is known by its start, so that a reused id is nobody's", async () => {
  const started = await startOf(process.pid);
  assert.ok(started);
  assert.equal(await isAlive({ pid: process.pid, started }), true);
  assert.equal(await isAlive({ pid: process.pid, started: "another" }), false);
  assert.equal(await startOf(2 ** 22 + 1), undefined);
});

it("plugins see what they need of the environment, and no secret", () => {
  const seen = pluginEnvironment({
    PATH: "/bin",
    Path: "C:\\",
    LC_ALL: "C",
    HOME: "/h",
    OPENAI_API_KEY: "k",
    NODE_OPTIONS: "--require x",
    AWS_SECRET: "s",
    https_proxy: "http://proxy:1",
    HTTP_PROXY: "http://me:word@proxy:1",
    EMPTY: undefined,
  });
  assert.deepEqual(seen, { PATH: "/bin", Path: "C:\\", LC_ALL: "C", HOME: "/h", https_proxy: "http://proxy:1" });
});

describe("finding Python", () => {
  /** Interpreters by name and the version that they print; others cannot be run. */
  function finder(installed: Record<string, string>, configured?: string) {
    const tried: string[] = [];
    const python = new PythonFinder(
      () => configured,
      (command, args) => {
        const name = [command, ...args.slice(0, args.indexOf("-c"))].join(" ");
        tried.push(name);
        const version = installed[name];
        return version === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(`${version}\n`);
      },
    );
    return { python, tried };
  }
  const messageOf = async (promise: Promise<unknown>) => {
    const { message, todo = "" } = await failureOf(promise);
    return `${message} ${todo}`;
  };

  it("takes the first that is new enough, and looks once", async () => {
    const { python, tried } = finder({ python3: "3.8.10", python: "3.9.0", "py -3": "3.12.1" });
    assert.deepEqual(await python.find(), { command: "python", args: [], version: "3.9.0" });
    await python.find();
    assert.deepEqual(tried, ["python3", "python"]);
    assert.deepEqual((await finder({ "py -3": "3.10.2" }).python.find()).args, ["-3"]);
  });

  it("takes the configured one and no other", async () => {
    assert.equal((await finder({ python3: "3.12.0", "/my/py": "3.11.0" }, "/my/py").python.find()).command, "/my/py");
    const message = await messageOf(finder({ python3: "3.12.0" }, "/my/py").python.find());
    assert.match(message, /\/my\/py cannot be run.*Correct the setting parley\.python\.path/);
  });

  it("says what it tried and what to do, and looks again the next time", async () => {
    const installed: Record<string, string> = { python3: "3.7.1", python: "" };
    const { python } = finder(installed);
    const message = await messageOf(python.find());
    assert.match(message, /Python 3\.9 or newer.*python3 is 3\.7\.1, python is no Python 3, py -3 cannot be run/);
    assert.match(message, /Install Python/);
    installed.python = "4.0.0";
    assert.equal((await python.find()).version, "4.0.0");
  });
});

describe("the command of a plugin", () => {
  let root: string;
  before(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "parley-command-")));
    mkdirSync(join(root, "bin"));
    for (const file of ["main.js", "main.py", "bin/tool"]) writeFileSync(join(root, file), "");
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const python = new PythonFinder(
    () => undefined,
    () => Promise.resolve("3.11.0"),
  );
  const runtimes: Runtimes = {
    node: "/node",
    electron: false,
    sdkDir: "/sdk",
    python,
    environments: new PythonEnvironments(),
  };
  const command = (run: RunSpec, more: Partial<Runtimes> = {}) => {
    const spec: LaunchSpec = { plugin: "p", epoch: 1, root, dataDir: "/data", run, env: {} };
    const installing = {
      signal: new AbortController().signal,
      say: () => {},
      hold: async (command: Command) => command,
    };
    return commandFor(spec, { ...runtimes, ...more }, installing);
  };

  it("for Node is the host's own executable with the SDK's resolver", async () => {
    const { file, args, env } = await command({ runtime: "node", entry: "./main.js", args: ["a"] });
    assert.deepEqual([file, ...args], ["/node", "--import", "file:///sdk/resolve.mjs", join(root, "main.js"), "a"]);
    assert.deepEqual(env, {});
    const desktop = await command({ runtime: "node", entry: "./main.js" }, { electron: true });
    assert.deepEqual(desktop.env, { ELECTRON_RUN_AS_NODE: "1" });
  });

  it("for Python is the interpreter, unbuffered, with the SDK on its path", async () => {
    const { file, args, env } = await command({ runtime: "python", entry: "./main.py", args: ["a"] });
    assert.deepEqual([file, ...args], ["python3", "-u", join(root, "main.py"), "a"]);
    assert.equal(env.PYTHONPATH, join("/sdk", "python"));
    assert.equal(env.PYTHONUNBUFFERED, "1");
  });

  it("for anything else is a program of the package or of the PATH", async () => {
    assert.equal((await command({ runtime: "command", command: "./bin/tool" })).file, join(root, "bin/tool"));
    assert.equal((await command({ runtime: "command", command: "deno", args: ["x"] })).file, "deno");
    await assert.rejects(command({ runtime: "command", command: "./bin/none" }), /does not exist/);
  });
});

describe("text beside the protocol", () => {
  it("is cut into lines, whatever the pieces, without control characters and without end", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from("one\r\ntwö\u001b[31m red\u001b[0m\u0007\n\nlast");
    for (const byte of bytes) splitter.write(Uint8Array.of(byte));
    splitter.end();
    splitter.write(Buffer.from(`${"x".repeat(20_000)}\nnext\n`));
    assert.deepEqual(lines.slice(0, 4), ["one", "twö red", "", "last"]);
    assert.equal(lines[4], `${"x".repeat(8_192)}…`);
    assert.equal(lines[5], "next");
  });

  it("is not broken or cut inside of what may be a secret, and held up no longer than until its end", () => {
    const lines: string[] = [];
    const secrets = new Secrets();
    secrets.note("sesame-open");
    const splitter = new LineSplitter(
      (line) => lines.push(secrets.redact(line)),
      (text) => secrets.begun(text),
    );
    const write = (text: string) => {
      splitter.write(Buffer.from(text));
      splitter.break();
    };
    for (const text of ["key ses", "ame", "-op", "en and", " s", "o on\n"]) write(text);
    assert.deepEqual(lines.splice(0), ["key ", "••• and", " ", "so on"]);
    write(`${"x".repeat(8_190)}sesame-open\n`);
    assert.deepEqual(lines.splice(0), [`${"x".repeat(8_190)}…`]);
    write("ends with ses");
    splitter.end();
    assert.deepEqual(lines, ["ends with ", "ses"]);
    const tail = new Tail(10, (text) => secrets.begun(text));
    tail.add("1234567sesame-open");
    assert.equal(tail.text, "1234567");
  });

  it("is limited in its rate, and what was left out is counted", () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const gate = new LineGate(clock, { perSecond: 2, burst: 3 }, (line) => lines.push(line));
    for (let i = 0; i < 10; i++) gate.write(`${i}`);
    assert.deepEqual(lines, ["0", "1", "2"]);
    clock.advance(500);
    gate.write("later");
    gate.write("too soon");
    gate.end();
    assert.match(lines[3] ?? "", /^\[7 lines left out/);
    assert.equal(lines[4], "later");
    assert.match(lines[5] ?? "", /^\[1 line left out/);
  });

  it("is remembered by its end", () => {
    const tail = new Tail(10);
    for (const line of ["first", "second", "abc"]) tail.add(line);
    assert.equal(tail.text, "second\nabc");
    tail.add("x".repeat(50));
    assert.equal(tail.text, "x".repeat(10));
  });
});
