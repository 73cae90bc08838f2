import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { sinkOf, sourceOf } from "../../../src/node/streams.ts";
import { createConnection } from "../../../src/rpc/connection.ts";
import type { Connection } from "../../../src/rpc/types.ts";
import { failureOf, kindOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { type Options, type Table, table } from "../../unit/rpc/support.ts";

const script = fileURLToPath(new URL("./misbehave.mjs", import.meta.url));

describe("a channel to a real process", () => {
  let child: ChildProcessWithoutNullStreams;
  let connection: Connection<Table>;
  let told: string[];
  let stray: string;
  let problems: unknown[];
  const onProblem = (problem: unknown) => problems.push(problem);

  function start(behaviour: string, options: Options = {}): void {
    told = [];
    stray = "";
    child = spawn(process.execPath, [script, behaviour], { stdio: ["pipe", "pipe", "pipe"] });
    connection = createConnection<Table, Table>({
      source: sourceOf(child.stdout),
      sink: sinkOf(child.stdin),
      local: table,
      remote: table,
      handlers: { tell: ({ text }) => void told.push(text) },
      peer: 'plugin "bad"',
      onStray: (text) => {
        stray += text;
      },
      ...options,
    });
  }

  beforeEach(() => {
    problems = [];
    process.on("unhandledRejection", onProblem);
    process.on("uncaughtExceptionMonitor", onProblem);
  });

  afterEach(async () => {
    connection.close("end of test");
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onProblem);
    process.off("uncaughtExceptionMonitor", onProblem);
    assert.deepEqual(problems, [], "nothing goes unhandled");
    assert.deepEqual(connection.load, { outstanding: 0, queuedBytes: 0 });
  });

  it("that prints garbage is understood all the same", async () => {
    start("garbage");
    assert.equal(await connection.request("echo", { value: "through" }), "through");
    assert.match(stray, /deprecated[\s\S]*binary[\s\S]*no line end/);
  });

  it("that stops in the middle of a frame and exits: everything settles, the reason says how far it came", async () => {
    start("half");
    const answer = failureOf(connection.request("echo", { value: 1 }));
    const reason = await connection.closed;
    assert.equal(reason.kind, "broken");
    assert.match(reason.message, /[Pp]lugin "bad": .*in the middle of a message/);
    assert.equal((await answer).kind, "unavailable");
    assert.deepEqual(told, ["whole"]);
  });

  it("that announces 16 MiB + 1 is cut off with a clear reason", async () => {
    start("huge");
    const reason = await connection.closed;
    assert.equal(reason.kind, "broken");
    assert.match(reason.message, /16777217 bytes was announced; the limit is 16777216/);
  });

  it("that sends 10,000 messages a second: all arrive in order and the event loop stays free", async function () {
    this.timeout(30_000);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    start("flood");
    await until("all have come", () => told.length === 20_000, { timeoutMs: 25_000 });
    delay.disable();
    assert.deepEqual(
      told,
      Array.from({ length: 20_000 }, (_, n) => String(n)),
    );
    assert.equal(await connection.request("echo", { value: "still here" }), "still here");
    const p99 = delay.percentile(99) / 1e6;
    assert.ok(p99 < 100, `the event loop was held for ${p99} ms`);
  });

  it("that never reads is written to within bounds, and closing does not wait for it", async () => {
    start("deaf", { limits: { outboundBytes: 1_000_000, eventQueueBytes: 500_000 } });
    const text = "x".repeat(50_000);
    let refused = 0;
    for (let count = 0; count < 100; count++) {
      try {
        connection.notify("tell", { text });
      } catch (error) {
        assert.equal((error as { kind?: string }).kind, "overloaded");
        refused++;
      }
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(connection.load.queuedBytes <= 1_000_000);
    }
    assert.ok(refused > 50);
    const answer = kindOf(connection.request("echo", { value: 1 }));
    connection.close("stopped");
    assert.equal(await answer, "unavailable");
    assert.ok(child.stdin.destroyed);
  });

  it("that writes requests and never reads is closed once even refusals find no room, with bounded memory", async function () {
    this.timeout(60_000);
    start("loudAndDeaf", { limits: { outboundBytes: 100_000 } });
    const reason = await connection.closed;
    assert.match(reason.message, /does not read/);
  });

  it("that closes its input: the first EPIPE ends the channel quietly", async () => {
    const logged: string[] = [];
    start("shutsInput", { logger: { log: (level, message) => void (level !== "debug" && logged.push(message)) } });
    await until("it has shut its input", () => told.length === 1);
    const answers = Array.from({ length: 30 }, (_, value) => kindOf(connection.request("echo", { value })));
    assert.equal((await connection.closed).kind, "broken");
    for (let count = 0; count < 1_000; count++) connection.notify("tell", { text: "after" });
    assert.deepEqual([...new Set(await Promise.all(answers))], ["unavailable"]);
    assert.deepEqual(logged, []);
  });

  it("that is killed with kill -9 in mid-call: every call settles at once", async () => {
    start("serve");
    assert.equal(await connection.request("echo", { value: "up" }), "up");
    const answers = Array.from({ length: 20 }, () => kindOf(connection.request("work", {})));
    await new Promise((resolve) => setImmediate(resolve));
    const killedAt = performance.now();
    child.kill("SIGKILL");
    assert.deepEqual([...new Set(await Promise.all(answers))], ["unavailable"]);
    assert.ok(performance.now() - killedAt < 2_000);
  });

  it("that exits while a grandchild holds its stdout: the exit settles what is pending", async () => {
    start("leavesGrandchild");
    const answer = failureOf(connection.request("echo", { value: 1 }));
    child.once("exit", (code) => connection.close(`plugin "bad" exited with code ${code}.`));
    const [grandchild] = await until("the grandchild runs", () => told.length === 1 && told);
    try {
      const failure = await answer;
      assert.equal(failure.kind, "unavailable");
    } finally {
      process.kill(Number(grandchild), "SIGKILL");
    }
  });

  it("keeps large bodies whole in both directions", async function () {
    this.timeout(30_000);
    start("serve");
    const value = "ü".repeat(4 * 1024 * 1024);
    assert.equal(await connection.request("echo", { value }), value);
  });
});
