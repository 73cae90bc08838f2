/** Counts the messages of each pattern on the channels of real plugins, and compares them with the table of docs/patterns/README.md. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LauncherPort, PluginProcess, WindowPort } from "../../../src/core/ports.ts";
import { type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";
import { repository } from "./exampleHost.ts";

/** By page, the figures of its row. */
function statedCosts(): Record<string, number[]> {
  const page = readFileSync(join(repository, "docs/patterns/README.md"), "utf8");
  const rows = [...page.matchAll(/^\| .+? \| \[.+?\]\((\w+)\.md\) \| (.+?) \|$/gm)];
  return Object.fromEntries(rows.map(([, name = "", cost = ""]) => [name, (cost.match(/\d+/g) ?? []).map(Number)]));
}

/** Messages that passed, by method; a request counts as two, with its answer. */
class Counter {
  #passed: Record<string, number> = {};

  count(method: string, messages: number): void {
    if (["initialize", "initialized", "shutdown", "exit", "$/ping"].includes(method)) return;
    this.#passed[method] = (this.#passed[method] ?? 0) + messages;
  }

  begin(): void {
    this.#passed = {};
  }

  /** Without the look at what the manifest declares, which a plugin takes once when it begins. */
  total(only: RegExp = /^(?!offers\/list$)/): number {
    return Object.entries(this.#passed).reduce((sum, [method, count]) => sum + (only.test(method) ? count : 0), 0);
  }

  /** Stands between the host and its launcher. */
  around(inner: LauncherPort): LauncherPort {
    return {
      launch: (spec, onMessage) =>
        this.#listen(
          inner.launch(spec, (method, ...rest) => {
            this.count(method, 2);
            return onMessage(method, ...rest);
          }),
        ),
    };
  }

  #listen(started: PluginProcess): PluginProcess {
    const { peer } = started;
    const [request, notify, shared] = [peer.request.bind(peer), peer.notify.bind(peer), peer.notifyShared?.bind(peer)];
    Object.assign(peer, {
      request: (method: string, params: Record<string, unknown>, options?: Parameters<typeof request>[2]) => {
        this.count(method, 2);
        return request(method, params, options);
      },
      notify: (method: string, params: Record<string, unknown>) => {
        this.count(method, 1);
        notify(method, params);
      },
      ...(shared && {
        notifyShared: (...sent: Parameters<typeof shared>) => {
          this.count(sent[0], 1);
          shared(...sent);
        },
      }),
    });
    return started;
  }
}

describe("what the patterns cost", function () {
  this.timeout(30_000);
  const stated = statedCosts();
  let real: RealHost;
  afterEach(() => real.stop());

  /** Both plugins of an example, up and counted. */
  async function begin(example: string, options: RealHostOptions = {}): Promise<Counter> {
    const counter = new Counter();
    const name = example.split("/")[1] ?? "";
    real = await realHost({
      ...options,
      launcher: (inner) => counter.around(inner),
      packages: (folder) => {
        for (const language of ["typescript", "python"])
          cpSync(join(repository, "docs/examples", example, language), join(folder, `${name}-${language}`), {
            recursive: true,
          });
      },
    });
    for (const language of ["typescript", "python"]) await real.host.supervisor.start(`${name}-${language}`);
    counter.begin();
    return counter;
  }
  const run = async (plugin: string, name: string, args: Record<string, unknown> = {}) =>
    (await real.host.calls.call({ caller: "person", to: { plugin }, name, args })).result;
  const figure = (page: string, index = 0) => stated[page]?.[index] ?? assert.fail(`${page} has no figure`);
  /** What the person's own call of an offer takes. */
  const own = 2;

  it("an event, for its first and each further listener", async () => {
    const counter = await begin("patterns/event");
    await run("event-typescript", "mix", { colour: "red" });
    await until("both were told", () => counter.total(/^deliver$/) >= 2);
    assert.equal(counter.total(), own + figure("events") + 1);
  });

  it("a command, a request, and a direct message", async () => {
    const counter = await begin("guides/requests");
    await run("requests-python", "weather", { town: "Oslo" });
    assert.equal(counter.total(), figure("commands"));
    counter.begin();
    await run("requests-python", "plan", { town: "Oslo" });
    await until("the note was sent", () => counter.total(/^deliver$/) === 1);
    assert.equal(counter.total(), own + figure("requests") + figure("requests", 1));
  });

  it("a call by the broker, and of a provider, each with a look at what is there", async () => {
    const broker = await begin("patterns/broker");
    await run("broker-python", "ask", { name: "Ann" });
    assert.equal(broker.total(/^call$/), own + figure("calls"));
    await real.stop();
    const provider = await begin("patterns/provider");
    await run("provider-python", "ask", { text: "a b" });
    assert.equal(provider.total(/^call$/), own + figure("providers"));
  });

  it("a value that is read and written, and a query", async () => {
    const storage = await begin("patterns/storage");
    await run("storage-python", "count", { times: 1 });
    assert.equal(storage.total(/^state\/set$/), figure("storage"));
    await real.stop();
    const database = await begin("patterns/database");
    await run("database-python", "remember", { word: "owl" });
    assert.equal(database.total(), own + figure("database"));
  });

  it("a task, until it runs", async () => {
    const counter = await begin("patterns/task");
    await run("task-typescript", "begin", { cranes: 5_000 });
    assert.equal(counter.total(/^(?:call|register|state\/.*)$/), own + figure("tasks"));
  });

  it("a hook before and one after, and hearing that another has gone", async () => {
    const hooks = await begin("patterns/middleware");
    await run("middleware-python", "greet", { name: "Ann" });
    assert.equal(hooks.total(/^intercept$/), 2 * figure("hooks"));
    await real.stop();
    const lifecycle = await begin("patterns/lifecycle");
    await until("it knows the other", async () => ((await run("lifecycle-typescript", "seen")) as string[]).length > 0);
    lifecycle.begin();
    await real.host.supervisor.stop("lifecycle-python");
    await until("it heard", async () => ((await run("lifecycle-typescript", "seen")) as string[]).length > 1);
    assert.equal(lifecycle.total(/^deliver$/), figure("lifecycle"));
  });

  it("a message and a look at the conversation, a question and a file, a model's answer", async () => {
    const messages = await begin("guides/messages");
    await run("messages-python", "remark");
    assert.equal(messages.total(), own + 2 * figure("messages"));
    await real.stop();
    const window = { ask: async () => "README.md", open: async () => {} } as unknown as WindowPort;
    const actions = await begin("guides/actions", { window });
    await run("actions-python", "tour");
    assert.equal(actions.total(), own + 2 * figure("actions"));
    await real.stop();
    const models = await begin("guides/models", {
      model: () => [
        { type: "text", text: "A title" },
        { type: "end", finish: "stop" },
      ],
    });
    await run("models-python", "title", { text: "Once." });
    assert.equal(models.total(), own + figure("models"));
  });
});
