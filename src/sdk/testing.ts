/** What authors import as `@parley/sdk/testing`: a small host for tests, with the plugin as the real process that it will be. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../base/failure.ts";
import type { InterceptResult } from "../protocol/plugin/intercepts.ts";
import { type HostToPlugin, hostToPlugin, type PluginToHost, pluginToHost } from "../protocol/plugin/methods.ts";
import { createConnection } from "../rpc/connection.ts";
import type { Connection, Handlers } from "../rpc/types.ts";
import { HostMemory, type Registered } from "./testing/memory.ts";
import { OwnCalls } from "./testing/ownCalls.ts";
import { initializeParams, launch, type Manifest, streams } from "./testingLaunch.ts";

export type { SaidMessage, SentEvent } from "./testing/memory.ts";

export interface TestHostOptions {
  /** What the plugin finds as its configuration, beside the defaults of its schema. */
  readonly config?: Record<string, unknown>;
  /** The interpreter of plugins in Python; `python3` unless told. */
  readonly python?: string;
  /** What the plugin logs and prints is written to this; the test's stderr unless told. */
  readonly onLog?: (text: string) => void;
}

export interface TestCallOptions {
  /** Whom the plugin sees as its caller: `person` unless told, `agent` or `plugin:<name>`. */
  readonly caller?: string;
}

export interface TestInterceptOptions {
  /** The same before and after are two ends of one thing, as middleware needs it; a new one unless told. */
  readonly invocation?: string;
}

/**
 * A plugin that runs as a process of its own, and the host that it talks to. Rights are not asked for and arguments are not checked
 * against the offer's schema: what is tested is the plugin's own code and what it says on the channel.
 */
export interface TestHost {
  /** Calls one of its offers. Rejects with a `PluginError` where the plugin refuses or fails. */
  call<Result = unknown>(offer: string, args?: Record<string, unknown>, options?: TestCallOptions): Promise<Result>;
  /** Delivers an event to each of its subscriptions that fits; resolves to how many did. */
  emit(topic: string, data?: unknown, source?: string): Promise<number>;
  /** Asks its intercepts at this point, in order, and answers what each said. */
  intercept(
    point: string,
    subject: Record<string, unknown>,
    phase?: "before" | "after",
    options?: TestInterceptOptions,
  ): Promise<InterceptResult[]>;
  /**
   * Answers a request of the plugin's that this host does not know, as `model/complete` or a `call` to another plugin.
   * Its calls to itself (background work, points of its own) are still answered by this host.
   */
  answer(method: string, handler: (params: Record<string, unknown>) => unknown): void;
  /** What the plugin said, published and keeps, in order. */
  readonly said: HostMemory["said"];
  readonly published: HostMemory["published"];
  readonly state: HostMemory["state"];
  /** Names of the offers that it has registered or declared in code. */
  readonly offers: readonly string[];
  /** Asks it to stop and resolves with its exit code; after two seconds it is killed. */
  stop(): Promise<number | null>;
}

/**
 * Starts the plugin in a folder as its `plugin.json` says, and resolves when it has answered `initialize`.
 *
 * @param folder where `plugin.json` is; an absolute path
 */
export async function startTestHost(folder: string, options: TestHostOptions = {}): Promise<TestHost> {
  const manifest = JSON.parse(readFileSync(join(folder, "plugin.json"), "utf8")) as Manifest;
  const scratch = mkdtempSync(join(tmpdir(), "parley-test-"));
  const child = launch(folder, manifest, scratch, { sdk: new URL(".", import.meta.url), python: options.python });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  let unstarted: Error | undefined;
  child.once("error", (error) => {
    unstarted = error;
  });
  const gone = exited.then(() => rmSync(scratch, { recursive: true, force: true }));
  const { onLog = (text: string) => void process.stderr.write(text) } = options;
  child.stderr?.setEncoding("utf8").on("data", onLog);
  const memory = new HostMemory(manifest.name, manifest.extensions?.["dev.parley"]?.offers ?? [], onLog);
  const own = new OwnCalls(manifest.name, (params, signal) =>
    connection.request("call", params as never, { signal, timeoutMs: Number.POSITIVE_INFINITY }),
  );
  const more = new Map<string, (params: Record<string, unknown>) => unknown>();
  const connection: Connection<HostToPlugin> = createConnection({
    ...streams(child),
    local: pluginToHost,
    remote: hostToPlugin,
    handlers: handlersOf({ ...memory.services(), ...own.services() }, more, own),
    peer: `plugin "${manifest.name}"`,
  });
  const stop = async () => {
    await connection.request("shutdown", {}, { timeoutMs: 1_500 }).catch(() => {});
    try {
      connection.notify("exit", {});
    } catch {
      // It went by itself.
    }
    child.stdin?.end();
    const patience = setTimeout(() => child.kill("SIGKILL"), 2_000);
    const code = await exited;
    clearTimeout(patience);
    connection.close("The test has ended.");
    await gone;
    return code;
  };
  try {
    const answer = await connection.request("initialize", initializeParams(folder, manifest, scratch, options.config));
    memory.begin(answer);
    connection.notify("initialized", {});
  } catch (error) {
    child.kill("SIGKILL");
    await gone;
    if (!unstarted) throw error;
    throw new Failure("unavailable", `${manifest.name} cannot be started: ${unstarted.message}.`, {
      todo: "Correct `run` in its plugin.json, or install what it names.",
      cause: unstarted,
    });
  }
  return face(connection, memory, more, stop);
}

function face(
  connection: Connection<HostToPlugin>,
  memory: HostMemory,
  more: Map<string, (params: Record<string, unknown>) => unknown>,
  stop: () => Promise<number | null>,
): TestHost {
  let calls = 0;
  let seq = 0;
  const meta = (caller = "person") => ({ callId: `test-${++calls}`, caller, conversation: "test" });
  return {
    async call<Result>(offer: string, args: Record<string, unknown> = {}, { caller }: TestCallOptions = {}) {
      const to = { plugin: "test" };
      return (await connection.request("call", { to, name: offer, args, _meta: meta(caller) })) as Result;
    },
    async emit(topic, data = null, source = "host") {
      const fits = memory.subscriptionsTo(topic);
      const event = { seq: ++seq, type: topic, source, timestamp: Date.now(), data, conversation: "test" };
      for (const { handle, acknowledges } of fits) {
        const params = { subscription: handle, events: [event] };
        if (acknowledges) await connection.request("deliver", params);
        else connection.notify("deliver", params);
      }
      // What is answered after it was handled after it: deliveries are handled in order of arrival.
      await connection.request("$/ping", {});
      return fits.length;
    },
    async intercept(point, subject, phase = "before", { invocation = `test-${++calls}` } = {}) {
      const answers: InterceptResult[] = [];
      for (const { handle } of memory.interceptsAt(point, phase))
        answers.push(
          await connection.request("intercept", { point, phase, invocation, subject, handle, _meta: meta() }),
        );
      return answers;
    },
    answer: (method, handler) => void more.set(method, handler),
    said: memory.said,
    published: memory.published,
    state: memory.state,
    get offers() {
      return memory.offers();
    },
    stop,
  };
}

function handlersOf(
  known: Record<string, (params: Registered & Record<string, unknown>) => unknown>,
  more: Map<string, (params: Record<string, unknown>) => unknown>,
  own: OwnCalls,
): Handlers<PluginToHost> {
  const handlers: Record<string, (params: Record<string, unknown>) => unknown> = {};
  for (const method of Object.keys(pluginToHost)) {
    handlers[method] = (params) => {
      const toItself = method === "call" && own.isOwn(params);
      const handler = (toItself ? undefined : more.get(method)) ?? known[method];
      if (handler) return handler(params as Registered & Record<string, unknown>);
      throw new Failure("unavailable", `The test host does not answer ${method}.`, {
        todo: `Give it an answer: host.answer("${method}", (params) => …).`,
      });
    };
  }
  return handlers as Handlers<PluginToHost>;
}
