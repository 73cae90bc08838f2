import assert from "node:assert/strict";
import type { Case } from "./cases.ts";

/** What plugins ask of the host besides the verbs: every service arrives as the protocol says it, in either language. */
export const services: Case[] = [
  {
    title: "asks the host to act, inside its call",
    async run(host) {
      assert.deepEqual(await host.call("act", {}, { callId: "k20", conversation: "c20" }), {
        choice: "second",
        answered: [1, { deep: [null] }],
        ran: { state: "ended", exitCode: 3 },
      });
      const sent = (method: string) => {
        const { _meta, ...params } = host.sent(method).at(-1) ?? {};
        assert.equal(_meta?.callId, "k20", method);
        assert.equal(_meta?.conversation, "c20", method);
        return params;
      };
      assert.deepEqual(sent("ui/notify"), { text: "Look here.", level: "warning" });
      assert.deepEqual(sent("ui/ask"), {
        question: "Which one?",
        choices: [{ title: "first" }, { title: "second", detail: "the other" }],
      });
      assert.deepEqual(sent("editor/open"), { path: "a.ts", line: 3, endLine: 5 });
      assert.deepEqual(sent("editor/showDiff"), { path: "a.ts", after: "new text" });
      assert.deepEqual(sent("editor/executeCommand"), {
        command: "workbench.action.files.save",
        args: [1, { deep: [null] }],
      });
      assert.deepEqual(sent("terminal/run"), { command: "npm test", cwd: "web", wait: true });
    },
  },
  {
    title: "gets what references stand for, page by page, and asks for rights",
    async run(host) {
      assert.deepEqual(await host.call("fetch", {}, { callId: "k22" }), {
        text: "ab😀cd",
        object: { a: [1] },
        rights: { granted: true, rights: [{ effect: "allow", rule: "grant:asked" }] },
      });
      const pages = host.sent("content/get").map(({ reference, offset }) => [reference, offset]);
      const wanted = [
        ["text", 0],
        ["text", 4],
        ["object", 0],
        ["object", 4],
        ["object", 8],
      ];
      assert.deepEqual(pages, wanted);
      const { wants, _meta } = host.sent("rights/request").at(-1) ?? {};
      assert.deepEqual(wants, [{ verb: "act", target: "editor/open", why: "To show the place." }]);
      assert.equal(_meta?.callId, "k22");
    },
  },
  {
    title: "has the agent work, and stops it",
    async run(host) {
      const answer = await host.call("drive", {}, { callId: "k23", conversation: "c23" });
      assert.deepEqual(answer, { state: "queued", stopped: [false, true] });
      const { _meta, ...ran } = host.sent("agent/run").at(-1) ?? {};
      assert.deepEqual([ran, _meta?.conversation], [{ text: "Do it." }, "c23"]);
      const { conversation, any } = host.sent("agent/stop").at(-1) ?? {};
      assert.deepEqual([conversation, any], ["other", true]);
    },
  },
  {
    title: "uses the model, hearing each piece of the answer",
    async run(host) {
      const answer = await host.call("think", {}, { callId: "k21" });
      const vectors = [
        [1, 1],
        [3, 1],
      ];
      assert.deepEqual(answer, { text: "Hello.", left: 96, pieces: ["Hel", "lo."], vectors });
      const { _meta, ...sent } = host.sent("model/complete").at(-1) ?? {};
      assert.equal(_meta?.callId, "k21");
      const messages = [
        { role: "system", content: "Be short." },
        { role: "user", content: "Say hello." },
      ];
      assert.deepEqual(sent, { messages, maxTokens: 9 });
      assert.deepEqual(host.sent("model/embed").at(-1)?.texts, ["a", "bcd"]);
    },
  },
];
