import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Failure } from "../../src/base/failure.ts";
import { sinkOf, sourceOf } from "../../src/node/streams.ts";
import type { Meta } from "../../src/protocol/plugin/common.ts";
import type { PluginEvent } from "../../src/protocol/plugin/events.ts";
import type { InitializeParams, InitializeResult } from "../../src/protocol/plugin/lifecycle.ts";
import { type HostToPlugin, hostToPlugin, pluginToHost } from "../../src/protocol/plugin/methods.ts";
import type { Offer } from "../../src/protocol/plugin/offers.ts";
import { createConnection } from "../../src/rpc/connection.ts";
import type { Connection, Incoming, RequestOptions } from "../../src/rpc/types.ts";
import { FakeState } from "./fakeState.ts";
import { initializeParams } from "./initialize.ts";

const sdk = fileURLToPath(new URL("../../src/sdk/", import.meta.url));

export interface FakeHostOptions {
  /** The plugin's main file; its ending says which runtime runs it. */
  entry: string;
  name?: string;
  config?: Record<string, unknown>;
  env?: Record<string, string>;
  state?: FakeState;
  /** Offers of other plugins, by `plugin/name`. */
  others?: Record<string, (args: Record<string, unknown>, incoming: Incoming) => unknown>;
  /** False leaves `initialize` to the test. */
  initialize?: boolean;
}

/** Something that the plugin sent. */
export interface Received {
  readonly method: string;
  readonly params: Record<string, unknown> & { _meta?: Meta };
}

/**
 * A host with one plugin, for tests: it starts the plugin's real process, speaks to it over the real channel, keeps whatever the
 * plugin sends and answers it with the least that a host must.
 */
export class FakeHost {
  readonly received: Received[] = [];
  readonly state: FakeState;
  readonly others: NonNullable<FakeHostOptions["others"]>;
  readonly child: ChildProcess;
  readonly connection: Connection<HostToPlugin>;
  /** Ends with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  readonly strays: string[] = [];
  stderr = "";
  answer: InitializeResult | undefined;
  /** Runs right after a registration was answered, so that what it sends arrives together with the answer. */
  onRegistered: (handle: string) => void = () => {};
  readonly #name: string;
  readonly #options: FakeHostOptions;
  readonly #registered = new Map<string, Received["params"]>();
  #count = 0;

  static async start(options: FakeHostOptions): Promise<FakeHost> {
    const host = new FakeHost(options);
    if (options.initialize === false) return host;
    try {
      await host.initialize();
      return host;
    } catch (error) {
      host.kill();
      throw new Error(`The plugin did not start. Its stderr says:\n${host.stderr}`, { cause: error });
    }
  }

  private constructor(options: FakeHostOptions) {
    this.#options = options;
    this.#name = options.name ?? "echo";
    this.state = options.state ?? new FakeState();
    this.others = options.others ?? {};
    const [command, ...args] = pluginCommand(options.entry);
    const env = pluginEnvironment(options.env);
    this.child = spawn(command as string, args, { stdio: ["pipe", "pipe", "pipe"], env });
    const { stdin, stdout, stderr } = this.child;
    if (!stdin || !stdout || !stderr) throw new Error("The child has no pipes.");
    this.exited = new Promise((resolve) =>
      this.child.once("exit", (code, signal) => resolve(code ?? signal ?? "gone")),
    );
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.connection = createConnection({
      source: sourceOf(stdout),
      sink: sinkOf(stdin),
      local: pluginToHost,
      remote: hostToPlugin,
      peer: `plugin "${this.#name}"`,
      onStray: (text) => void this.strays.push(text),
      handlers: {
        register: (params) => this.#take("register", params, () => this.#register(params)),
        unregister: (params) => this.#take("unregister", params, () => this.#unregister(params.handle)),
        call: (params, incoming) => this.#take("call", params, () => this.#called(params, incoming)),
        publish: (params) => this.#take("publish", params, () => ({ eventId: this.#id("event") })),
        "conversation/addMessage": (params) =>
          this.#take("conversation/addMessage", params, () => ({ messageId: this.#id("message"), state: "added" })),
        "conversation/context": (params) =>
          this.#take("conversation/context", params, () => ({
            conversation: params.conversation ?? params._meta?.conversation ?? "visible",
            messages: [{ id: "m1", role: "user", content: "Hello there.", timestamp: 1 }],
            more: false,
          })),
        "offers/list": (params) =>
          this.#take("offers/list", params, () => ({
            offers: this.#listed(params.provides),
            plugins: [this.#name, "other"],
          })),
        "ui/notify": (params) => this.#take("ui/notify", params, () => ({})),
        "ui/ask": (params) =>
          this.#take("ui/ask", params, () => ({ state: "answered", choice: params.choices.at(-1)?.title })),
        "editor/open": (params) => this.#take("editor/open", params, () => ({})),
        "editor/showDiff": (params) => this.#take("editor/showDiff", params, () => ({})),
        "editor/executeCommand": (params) =>
          this.#take("editor/executeCommand", params, () => ({ result: params.args })),
        "agent/run": (params) =>
          this.#take("agent/run", params, () => ({ messageId: this.#id("message"), state: "queued" })),
        "agent/stop": (params) => this.#take("agent/stop", params, () => ({ stopped: params.any })),
        "content/get": ({ reference, offset, ...rest }) =>
          this.#take("content/get", { reference, offset, ...rest }, () => {
            const text = reference === "text" ? "ab😀cd" : '{"a":[1]}';
            const next = offset + 4 < text.length ? { next: offset + 4 } : {};
            const type = reference === "text" ? "string" : "object";
            return { type, text: text.slice(offset, offset + 4), length: text.length, ...next };
          }),
        "rights/request": (params) =>
          this.#take("rights/request", params, () => ({
            granted: true,
            rights: params.wants.map(() => ({ effect: "allow", rule: "grant:asked" })),
          })),
        "model/complete": (params, incoming) =>
          this.#take("model/complete", params, () => {
            for (const text of ["Hel", "lo."]) incoming.progress({ partial: { text } });
            const usage = { input: 2, output: 2, estimated: false, left: 96 };
            return { text: "Hello.", model: "Fake", kind: "model", finish: "stop", usage };
          }),
        "model/embed": (params) =>
          this.#take("model/embed", params, () => ({
            vectors: params.texts.map((text) => [text.length, 1]),
            dimensions: 2,
            model: "fake",
            usage: { input: 1, output: 0, estimated: true, left: 95 },
          })),
        "terminal/run": (params) => this.#take("terminal/run", params, () => ({ state: "ended", exitCode: 3 })),
        "state/get": (params) => this.#take("state/get", params, () => this.state.get(params)),
        "state/set": (params) => this.#take("state/set", params, () => this.state.set(params)),
        "state/delete": (params) => this.#take("state/delete", params, () => this.state.delete(params)),
        "state/list": (params) => this.#take("state/list", params, () => this.state.list(params)),
      },
    });
  }

  initializeParams(): InitializeParams {
    const capabilities = { progress: true, detachedCalls: true, intercepts: true, state: true, conversation: true };
    return initializeParams(this.#name, { capabilities, config: this.#options.config ?? {} });
  }

  async initialize(): Promise<InitializeResult> {
    this.answer = await this.connection.request("initialize", this.initializeParams());
    this.connection.notify("initialized", {});
    return this.answer;
  }

  /** Calls an offer of the plugin's. */
  call<Result = unknown>(
    name: string,
    args: Record<string, unknown> = {},
    meta: Meta = {},
    options?: RequestOptions,
  ): Promise<Result> {
    const params = { to: { plugin: this.#name }, name, args, _meta: meta };
    return this.connection.request("call", params, options) as Promise<Result>;
  }

  /** Delivers an event to every subscription that fits and waits until it has been handled. */
  async event(type: string, data: unknown, more: Partial<PluginEvent> = {}): Promise<void> {
    const event = { seq: ++this.#count, type, source: "host", timestamp: Date.now(), data, ...more };
    const fitting = this.subscriptions().filter(({ topic }) => topicMatches(topic, type));
    await Promise.all(
      fitting.map(({ handle }) => this.connection.request("deliver", { subscription: handle, events: [event] })),
    );
  }

  /** What the plugin has subscribed to so far. */
  subscriptions(): { topic: string; handle: string }[] {
    const initial = (this.answer?.subscriptions ?? []).map(({ topic, handle = "" }) => ({ topic, handle }));
    const later = [...this.#registered].flatMap(([handle, { subscription }]) =>
      subscription ? [{ topic: (subscription as { topic: string }).topic, handle }] : [],
    );
    return [...initial, ...later];
  }

  /** What the plugin sent by this method. */
  sent(method: string): Received["params"][] {
    return this.received.filter((one) => one.method === method).map(({ params }) => params);
  }

  /** The data of what the plugin published on this topic. */
  published(topic: string): unknown[] {
    return this.sent("publish")
      .filter((params) => params.topic === topic)
      .map(({ data }) => data);
  }

  /** Writes bytes to the plugin's stdin beside the channel. */
  raw(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Stops the plugin as a host does and answers its exit code. */
  async stop(): Promise<number | string> {
    await this.connection.request("shutdown", {});
    this.connection.notify("exit", {});
    return this.exited;
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  #take<Result>(method: string, params: unknown, answer: () => Result): Result {
    this.received.push({ method, params: params as Received["params"] });
    return answer();
  }

  #id(kind: string): string {
    this.#count += 1;
    return `${kind}-${this.#count}`;
  }

  #register(params: unknown): { handle: string } {
    const handle = this.#id("handle");
    this.#registered.set(handle, params as Received["params"]);
    queueMicrotask(() => this.onRegistered(handle));
    return { handle };
  }

  #unregister(handle: string): Record<string, never> {
    if (!this.#registered.delete(handle) && !handle.startsWith("initial-"))
      throw new Failure("notFound", "No such handle.");
    return {};
  }

  #called(
    params: { to: object; name: string; args: Record<string, unknown>; detach?: boolean; _meta?: Meta },
    incoming: Incoming,
  ) {
    const target = "plugin" in params.to ? `${params.to.plugin}/${params.name}` : `${Object.values(params.to)[0]}`;
    const run = async () => {
      if (target === `${this.#name}/${params.name}`)
        return this.call(params.name, params.args, { caller: `plugin:${this.#name}` });
      const other = this.others[target];
      if (!other) throw new Failure("notFound", `There is no offer ${target}.`);
      return other(params.args, incoming);
    };
    if (!params.detach) return run();
    const callId = this.#id("call");
    const end = (status: string) =>
      this.event("call.ended", { callId, caller: `plugin:${this.#name}`, target, status }).catch(() => {});
    setImmediate(
      () =>
        void run().then(
          () => end("succeeded"),
          () => end("failed"),
        ),
    );
    return { callId };
  }

  #listed(provides: string | undefined) {
    const offers: Offer[] = this.answer?.offers ?? [];
    return offers
      .filter((offer) => provides === undefined || offer.facets?.provides === provides)
      .map((offer) => ({ ...offer, plugin: this.#name, state: "running" as const }));
  }
}

/** How a plugin is started from source: Node with the resolver of `@parley/sdk`, Python with the package on its path. */
export function pluginCommand(entry: string): string[] {
  if (entry.endsWith(".py")) return ["python3", entry];
  return [process.execPath, "--import", `${sdk}resolve.mjs`, "--no-warnings", entry];
}

/** The environment of such a process; nothing is written beside the sources. */
export function pluginEnvironment(more: Record<string, string> = {}): Record<string, string | undefined> {
  return { ...process.env, PYTHONPATH: `${sdk}python`, PYTHONDONTWRITEBYTECODE: "1", ...more };
}

function topicMatches(pattern: string, type: string): boolean {
  const expression = pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replace(/>$/, ".+");
  return new RegExp(`^${expression}$`).test(type);
}
