import assert from "node:assert/strict";
import type { FakeHost } from "../../support/fakeHost.ts";
import { FakeState } from "../../support/fakeState.ts";
import { until } from "../../support/until.ts";
import { startPlugin } from "./packages.ts";

type Button = { title: string; call: { name: string; args: Record<string, unknown> } };

describe("sentinel", function () {
  this.timeout(15_000);
  let host: FakeHost;

  const start = async (config: Record<string, unknown> = { quietMs: 40 }, state = new FakeState()) => {
    host = await startPlugin("sentinel", { config, state });
  };
  afterEach(() => host.kill());

  const path = "/w/src/parser.ts";
  const uri = `file://${path}`;
  const edit = (line: number, byPerson = true) => host.event("editor.changed", { uri, path, line, byPerson });
  const error = (line: number, message: string, severity = "error") => ({ line, message, severity });
  type Problem = ReturnType<typeof error>;
  const problems = (added: Problem[], removed: Problem[] = []) =>
    host.event("editor.diagnostics", { uri, path, added, removed, errors: added.length });
  const messages = () => host.sent("conversation/addMessage");
  const contents = () => messages().map(({ content }) => String(content));
  const heard = (count: number) => until(`${count} messages`, () => messages().length >= count);

  /** Something that is always told, by which one knows that what came before it was not. */
  const bell = async () => {
    const other = "/w/bell.ts";
    await host.event("editor.changed", { uri: other, path: other, line: 1, byPerson: true });
    const added = [error(1, "bell")];
    await host.event("editor.diagnostics", { uri: other, path: other, added, removed: [], errors: 1 });
    return until("the bell", () => contents().find((content) => content.includes("bell.ts:1")));
  };

  it("says which errors an edit brought, with Fix and Silence", async () => {
    await start();
    await edit(41);
    await problems([error(41, "';' expected."), error(44, "Cannot find\nname 'x'."), error(50, "unused", "warning")]);
    await heard(1);
    const [message] = messages();
    assert.equal(
      message?.content,
      "2 new errors since your edit at parser.ts:41\n\n- line 41: ';' expected.\n- line 44: Cannot find name 'x'.",
    );
    assert.equal(message?.intent, "notify");
    assert.deepEqual(
      (message?.actions as Button[] | undefined)?.map(({ title }) => title),
      ["Fix", "Silence"],
    );
    assert.ok(message?.dedupeKey);
  });

  it("wakes the agent on exactly those errors when Fix is pressed", async () => {
    await start();
    await edit(41);
    await problems([error(41, "';' expected.")]);
    await heard(1);
    const [fix] = (messages()[0]?.actions ?? []) as Button[];
    await host.call(fix?.call.name ?? "", fix?.call.args, { caller: "person", conversation: "c1" });
    const woken = messages()[1];
    assert.equal(woken?.intent, "wake");
    assert.equal(woken?.content, `Fix 1 error in ${path}, and nothing else:\n\n- line 41: ';' expected.`);
    assert.equal(woken?._meta?.conversation, "c1");
  });

  it("waits until typing stops, and counts from the last edit", async () => {
    await start({ quietMs: 800 });
    for (const line of [10, 11, 12, 13]) {
      await edit(line);
      await problems([error(line, `broken ${line}`)], line > 10 ? [error(line - 1, `broken ${line - 1}`)] : []);
    }
    assert.equal(messages().length, 0);
    await heard(1);
    assert.deepEqual(contents(), ["1 new error since your edit at parser.ts:13\n\n- line 13: broken 13"]);
  });

  it("speaks once per change", async () => {
    await start();
    await edit(5);
    await problems([error(5, "first")]);
    await heard(1);
    await problems([error(6, "late")]);
    await bell();
    assert.equal(contents().filter((content) => content.includes("parser.ts")).length, 1);
    await edit(7);
    await problems([error(7, "second")]);
    await until("the next change is told", () => contents().some((content) => content.includes("parser.ts:7")));
    assert.equal(new Set(messages().map(({ dedupeKey }) => dedupeKey)).size, messages().length);
  });

  it("says nothing of the agent's edits, of opened files, of warnings, of repaired and of moved errors", async () => {
    await start();
    await problems([error(1, "opened")]);
    await edit(2, false);
    await problems([error(2, "by the agent")]);
    await edit(3);
    await problems([error(3, "a warning", "warning"), error(4, "repaired")]);
    await problems([], [error(4, "repaired")]);
    await problems([error(51, "moved")], [error(50, "moved")]);
    await problems([], [error(60, "came back")]);
    await problems([error(61, "came back")]);
    await bell();
    assert.equal(messages().length, 1);
  });

  it("is silenced for the workspace, also after a restart, and speaks again", async () => {
    const state = new FakeState();
    await start({ quietMs: 20 }, state);
    await host.call("silence", {});
    assert.equal(state.get({ scope: "workspace", key: "silent" }).value, true);
    host.kill();
    await host.exited;
    await start({ quietMs: 20 }, state);
    await edit(5);
    await problems([error(5, "unheard")]);
    await until("it looked", () => host.sent("state/get").length === 1);
    await host.call("silence", { silent: false });
    await bell();
    assert.equal(messages().length, 1);
  });

  it("never says more in a minute than it is set to", async () => {
    await start({ quietMs: 0, perMinute: 2 });
    for (let n = 1; n <= 2; n++) {
      await edit(n);
      await problems([error(n, `number ${n}`)]);
      await heard(n);
    }
    await edit(3);
    await problems([error(3, "number 3")]);
    // Its silence is seen by the next call, which the same thread answers after the timer of the third.
    await new Promise((resolve) => setImmediate(resolve));
    await host.call("silence", { silent: false });
    await host.call("silence", { silent: false });
    assert.equal(messages().length, 2);
  });
});
