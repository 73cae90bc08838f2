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
];
