/** Follows docs/write-a-plugin.md to the letter: its files, in an empty folder, as real processes of the real host. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { Host } from "../../../src/core/host.ts";
import type { ModelEvent } from "../../../src/core/ports.ts";
import { NodeLauncher } from "../../../src/node/launcher.ts";
import { findPackages, type PackageFolder } from "../../../src/node/packages.ts";
import { until } from "../../support/until.ts";
import { exampleHost, repository, sdkDir } from "./exampleHost.ts";

const page = readFileSync(join(repository, "docs", "write-a-plugin.md"), "utf8");

/** The code blocks that stand under a file's name, in order. */
function filesOf(markdown: string): { name: string; text: string }[] {
  const blocks = markdown.matchAll(/^`([\w./-]+)`\n\n```\w*\n([\s\S]*?)\n```$/gm);
  return [...blocks].map(([, name = "", text = ""]) => ({ name, text: `${text}\n` }));
}

for (const { name, main } of [
  { name: "two-way", main: "main.ts" },
  { name: "two-way-python", main: "main.py" },
]) {
  describe(`the page "Write a plugin", ${main}`, function () {
    this.timeout(30_000);
    let folder: string;
    let stop: () => Promise<void>;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "parley-page-"));
      mkdirSync(join(folder, "workspace"));
      for (const file of filesOf(page).filter((each) => each.name.startsWith(`${name}/`))) {
        const path = join(folder, "plugins", file.name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, file.text);
      }
    });
    afterEach(async () => {
      await stop?.();
      rmSync(folder, { recursive: true, force: true });
    });

    /** The host with the page's plugin, loaded as the page says, and one that writes files. */
    async function start(model: (step: number) => ModelEvent[]): Promise<Host> {
      const launcher = new NodeLauncher({
        runsFolder: join(folder, "runs"),
        sdkDir,
        guardianProgram: undefined,
        pythonPath: () => undefined,
        logger: silentLogger,
      });
      const host = await exampleHost({ launcher, folder: join(folder, "workspace"), model });
      stop = async () => {
        await host.stop();
        launcher.dispose();
      };
      const places: PackageFolder[] = [
        { folder: join(import.meta.dirname, "fixtures", "writer"), source: "bundled", single: true },
        { folder: join(folder, "plugins"), source: "development" },
      ];
      await host.setInstalled(await findPackages(places, join(folder, "data")));
      const { eligibility } = host.supervisor.view(name) ?? {};
      assert.ok(eligibility && !eligibility.ok && eligibility.reason === "needsConsent", "the person is asked first");
      await host.letIn(name);
      assert.deepEqual(
        host.rules.grantsOf(name).map(({ verb, target, revoked }) => [verb, target, revoked]),
        [
          ["message", "conversation/notify", false],
          ["intercept", "tool", false],
        ],
      );
      return host;
    }

    it("is at most 30 lines of source", () => {
      const source = readFileSync(join(folder, "plugins", name, main), "utf8");
      assert.ok(source.trimEnd().split("\n").length <= 30);
    });

    it("gives the agent a tool, adds a message of its own, and keeps lock files from being written", async () => {
      const write = (id: string, path: string) => toolCall(id, "writer_write", { path, text: "changed" });
      const steps: ModelEvent[][] = [
        [toolCall("1", `${name}_count_words`, { text: "to be or not to be" }), end],
        [write("2", "yarn.lock"), end],
        [write("3", "notes.txt"), end],
        [{ type: "text", text: "Done." }, end],
      ];
      const host = await start((step) => steps[step - 1] ?? [end]);
      assert.equal(host.supervisor.view(name)?.process, "stopped", "it starts on first use");
      const conversation = await host.conversations.visible();
      await host.agent.say(conversation.id, "go", "send");
      await until(
        "the turn has ended",
        async () => {
          for (const item of conversation.items())
            if (item.kind === "approval" && !item.choice) await host.approvals.answer(item.id, "once");
          return host.agent.state(conversation.id) === "idle" && conversation.calls().length >= 3;
        },
        { timeoutMs: 20_000 },
      );
      const [counted, locked, written] = conversation.calls();
      assert.deepEqual([counted?.status, counted?.result], ["succeeded", { words: 6 }]);
      const said = conversation.items().find((item) => item.kind === "message" && item.origin?.plugin === name);
      assert.equal(said?.kind === "message" && said.content, "I counted **6** words.");
      assert.equal(locked?.status, "failed");
      assert.match(locked?.error ?? "", /Lock files are written by tools, not by hand/);
      assert.equal(existsSync(join(folder, "workspace", "yarn.lock")), false);
      assert.equal(written?.status, "succeeded", "it stands in the way of nothing else");
      assert.equal(readFileSync(join(folder, "workspace", "notes.txt"), "utf8"), "changed");
    });
  });
}

const end: ModelEvent = { type: "end", finish: "tool-calls" };

function toolCall(id: string, name: string, args: Record<string, unknown>): ModelEvent {
  return { type: "toolCall", id, name, arguments: JSON.stringify(args) };
}
