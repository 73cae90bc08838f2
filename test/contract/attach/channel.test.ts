import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WebSocket } from "ws";
import { failureOf } from "../../support/failures.ts";
import { until } from "../../support/until.ts";
import { type AttachRig, attachRig } from "./rig.ts";

type Message = { id?: number | string; method?: string; params?: Record<string, unknown> } & Record<string, unknown>;

const fixtures = join(import.meta.dirname, "fixtures");
const answer = { protocolVersion: 1, plugin: { name: "painter", version: "0.3" }, capabilities: { intercepts: true } };

/** A plugin that speaks the channel over a socket, one message per frame. */
class ChannelPlugin {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<[number, string]>;
  #asked = 0;

  constructor(url: string, initialize: object = answer, options: object = {}) {
    this.socket = new WebSocket(url, options);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve([code, reason.toString()]));
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Message;
      this.messages.push(message);
      const result =
        message.method === "initialize"
          ? initialize
          : message.method === "call"
            ? { echo: message.params?.args }
            : null;
      if (message.method !== undefined && message.id !== undefined) {
        this.socket.send(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
      }
    });
  }

  got(method: string): Promise<Message> {
    return until(`${method} came`, () => this.messages.find((message) => message.method === method));
  }

  async ask(method: string, params: object): Promise<Message> {
    const id = `own-${++this.#asked}`;
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return await until(`${method} was answered`, () => this.messages.find((message) => message.id === id));
  }
}

describe("a plugin that attaches with the channel itself", function () {
  this.timeout(20_000);
  let rig: AttachRig | undefined;
  const plugins: ChannelPlugin[] = [];
  afterEach(async () => {
    await rig?.stop();
    for (const plugin of plugins.splice(0)) plugin.socket.terminate();
  });

  async function open(): Promise<AttachRig> {
    rig = await attachRig();
    return rig;
  }
  function connect(url: string, initialize?: object, options?: object): ChannelPlugin {
    const plugin = new ChannelPlugin(url, initialize, options);
    plugins.push(plugin);
    return plugin;
  }
  const addressOf = async (made: AttachRig) => `${made.door.address}/channel?token=${await made.tokens.of("painter")}`;
  async function letIn({ real: { host } }: AttachRig): Promise<void> {
    await until("it is listed", () => host.supervisor.view("painter"));
    await host.letIn("painter");
    await until("it runs", () => host.supervisor.running("painter"));
  }

  const initialize = {
    ...answer,
    offers: [{ name: "paint", description: "Paints.", action: "read", facets: { agent: true } }],
    subscriptions: [{ topic: "news.>" }],
    intercepts: [{ point: "tool", phase: "before" }],
    meta: {
      wants: [
        { verb: "subscribe", target: "news.>", why: "To hear." },
        { verb: "intercept", target: "tool", why: "To look." },
        { verb: "publish", target: "paint.>", why: "To tell." },
      ],
    },
  };

  it("has its offers, subscriptions and intercepts as any run, after the person let it in", async () => {
    const made = await open();
    const { host } = made.real;
    const plugin = connect(await addressOf(made), initialize);
    const { params } = await plugin.got("initialize");
    assert.equal((params?.plugin as { name: string } | undefined)?.name, "painter");
    await until("it is listed", () => host.supervisor.view("painter"));
    const early = await plugin.ask("publish", { topic: "paint.done", data: 1 });
    assert.match(JSON.stringify(early.error), /came before/);
    assert.equal(plugin.messages.filter(({ method }) => method === "initialized").length, 0);
    await letIn(made);
    await plugin.got("initialized");
    assert.equal(plugin.messages.filter(({ method }) => method === "initialize").length, 1);
    const large = { text: "ü".repeat(400_000) };
    const { result } = await host.calls.call({
      caller: "person",
      to: { plugin: "painter" },
      name: "paint",
      args: large,
    });
    assert.deepEqual(result, { echo: large });
    host.bus.publish({ type: "news.today", source: "good", data: { headline: "rain" } });
    const { params: delivered } = await plugin.got("deliver");
    assert.match(JSON.stringify(delivered), /rain/);
    const heard: unknown[] = [];
    host.bus.on("paint.>", ({ source, data }) => heard.push([source, data]));
    assert.ok((await plugin.ask("publish", { topic: "paint.done", data: 2 })).result);
    assert.deepEqual(heard, [["painter", 2]]);
  });

  it("may show its token in the first message, and is told what was no message", async () => {
    const made = await open();
    const plugin = connect(String(made.door.address), initialize);
    await until("it is open", () => plugin.socket.readyState === WebSocket.OPEN);
    plugin.socket.send(JSON.stringify({ token: await made.tokens.of("painter") }));
    await letIn(made);
    for (const text of ["{", "[]", '{"jsonrpc":"2.0"}', "Content-Length: 2\r\n\r\n{}"]) plugin.socket.send(text);
    const errors = await until("each was answered", () => {
      const found = plugin.messages.filter(({ error }) => error !== undefined);
      return found.length === 4 && found;
    });
    assert.deepEqual(
      errors.map(({ error }) => (error as { code: number }).code),
      [-32700, -32600, -32600, -32700],
    );
    assert.equal((await plugin.ask("publish", { topic: "paint.still", data: 1 })).error, undefined);
  });

  it("is closed for a binary frame and for one that is too large, and leaves the list", async () => {
    const made = await open();
    for (const [frame, code] of [
      [Buffer.from("{}"), 1003],
      ["x".repeat(16 * 1024 * 1024 + 1), 1009],
    ] as const) {
      const plugin = connect(await addressOf(made), initialize);
      await until("it is listed", () => made.real.host.supervisor.view("painter"));
      plugin.socket.send(frame);
      assert.equal((await plugin.closed)[0], code);
      await until("it left", () => made.real.host.supervisor.view("painter") === undefined);
    }
  });

  it("is closed with the reason when its answer to initialize cannot be used", async () => {
    const made = await open();
    const cases: [object, RegExp][] = [
      [{ ...answer, protocolVersion: 9 }, /version 9/],
      [{ ...answer, offers: [{ name: "x" }] }, /offers/],
      [{ ...answer, meta: { wants: "all" } }, /wants/],
    ];
    for (const [bad, reason] of cases) {
      const [code, why] = await connect(await addressOf(made), bad).closed;
      assert.equal(code, 4400);
      assert.match(why, reason);
    }
    assert.equal(made.real.host.supervisor.view("painter"), undefined);
  });

  it("speaks wss where there is a certificate, and a bad one leaves the door closed with a word", async () => {
    const made = await open();
    const [certificate, key] = ["loopback.cert.pem", "loopback.key.pem"].map((name) => join(fixtures, name)) as [
      string,
      string,
    ];
    await made.door.apply({ enabled: true, port: 0, certificate, key });
    assert.match(String(made.door.address), /^wss:/);
    const ca = readFileSync(certificate);
    connect(await addressOf(made), initialize, { ca });
    await letIn(made);
    const alone = await failureOf(made.door.apply({ enabled: true, port: 0, certificate, key: undefined }));
    assert.match(alone.message, /one is missing/);
    const wrong = await failureOf(made.door.apply({ enabled: true, port: 0, certificate, key: "/nowhere/key.pem" }));
    assert.match(wrong.message, /cannot be read \(ENOENT\)/);
    const swapped = await failureOf(made.door.apply({ enabled: true, port: 0, certificate: key, key: certificate }));
    assert.match(swapped.message, /cannot be used/);
    assert.equal(made.door.address, undefined);
  });

  it("tells when the port is taken", async () => {
    const made = await open();
    const other = await open();
    const port = made.door.port ?? 0;
    const settings = { enabled: true, port, certificate: undefined, key: undefined };
    const failure = await failureOf(other.door.apply(settings));
    assert.match(failure.message, new RegExp(`port ${port} cannot be opened \\(it is taken\\)`));
    await made.stop();
  });
});
