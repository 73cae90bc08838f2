import assert from "node:assert/strict";
import { Failure } from "../../../../src/base/failure.ts";
import { Secrets } from "../../../../src/core/config/secrets.ts";
import { loggerWithout, storeWithout } from "../../../../src/core/config/withoutSecrets.ts";
import type { ModelEvent, StorePort, WindowPort } from "../../../../src/core/ports.ts";
import { MemoryStore } from "../../../support/memoryStore.ts";
import { scriptedHost } from "../../../support/scriptedHost.ts";
import { until } from "../../../support/until.ts";

const secret = 'k"12345+xyz';
const end: ModelEvent = { type: "end", finish: "stop" };

describe("secrets that a window knows", () => {
  it("are taken out of texts, values and keys, as they are, inside of JSON and inside of an address", () => {
    const secrets = new Secrets();
    secrets.note(secret);
    secrets.note("12345678");
    secrets.note('{"key":"k-abcdef","longer":"k-abcdef-and-more","at":"https://x.example","n":1}');
    assert.equal(secrets.redact('k"12345+xyz k\\"12345+xyz ?k=k%2212345%2Bxyz'), "••• ••• ?k=•••");
    assert.equal(secrets.redact("12345678, k-abcdef-and-more, https://x.example"), "•••, •••, https://x.example");
    assert.deepEqual(secrets.clean({ a: ["k-abcdef", 1, null], "k-abcdef": { b: true } }), {
      a: ["•••", 1, null],
      "•••": { b: true },
    });
  });

  for (const own of ["abcdef", 'pä/ss "wörd"+&\\n😀', "sk-live_0123456789abcdefABCDEF", "a'b(c)*d!e~f", "\ud800 half"])
    it(`are found in the forms that other programs give them: ${JSON.stringify(own)}`, () => {
      const secrets = new Secrets();
      secrets.note(own);
      const utf8 = Buffer.from(own);
      const ascii16 = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      const ascii = (text: string) => text.replace(/[^ -~]/g, (unit) => ascii16(unit).toLowerCase());
      const percent = own.isWellFormed() ? encodeURIComponent(own) : "%EF%BF%BD%20half";
      const inside = (json: string) => json.slice(1, -1);
      const forms = {
        "JSON in JSON": inside(JSON.stringify(inside(JSON.stringify(own)))),
        "JSON of PHP": inside(JSON.stringify(own)).replaceAll("/", "\\/"),
        "JSON of Python": ascii(inside(JSON.stringify(own))),
        "JSON of Go": inside(JSON.stringify(own)).replaceAll("&", "\\u0026"),
        "JSON of .NET": own.replaceAll("\\", "\\\\").replace(/[^ -~]|["'+&]/g, ascii16),
        "JSON with nothing as it is": own.split("").map(ascii16).join(""),
        address: percent,
        "small letters": percent.replace(/%../g, (code) => code.toLowerCase()),
        form: new URLSearchParams({ key: own }).toString().slice("key=".length),
        "every byte": utf8.toString("hex").replace(/../g, "%$&"),
        base64: utf8.toString("base64"),
        base64url: utf8.toString("base64url"),
        hex: utf8.toString("hex"),
        HEX: utf8.toString("hex").toUpperCase(),
      };
      for (const [what, form] of Object.entries(forms))
        assert.equal(secrets.redact(`before ${form} after`), "before ••• after", what);
      // The characters of base64 at both ends stand for others' bytes too.
      for (const user of ["", "u", "us", "user:"]) {
        const basic = Buffer.concat([Buffer.from(user), utf8, Buffer.from(";q")]).toString("base64");
        const [before = "", after = ""] = secrets.redact(basic).split("•••");
        assert.ok(before.length + after.length <= Math.ceil(((user.length + 2) * 4) / 3) + 4, `${user} ${basic}`);
      }
      assert.equal(
        secrets.redact(`plain words and ${Buffer.from("others").toString("base64")}`),
        "plain words and b3RoZXJz",
      );
    });

  it("of several lines are taken out line by line too, without what frames them", () => {
    const secrets = new Secrets();
    const lines = ["QUJDREVGR0hJSktMTU5P", "MDEyMzQ1Njc4OWFiY2Rl", "short="];
    secrets.note(["-----BEGIN THING-----", ...lines, "-----END THING-----", ""].join("\r\n"));
    assert.equal(secrets.redact(`a ${lines[1]} b`), "a ••• b");
    assert.equal(secrets.redact("-----BEGIN THING-----"), "-----BEGIN THING-----");
    assert.equal(secrets.redact("short="), "short=");
  });

  it("that a plugin prints before it dies are in no word about how it ended", async () => {
    const { host, crash } = await scriptedHost({
      config: { secrets: async () => ({ apiKey: secret }), keep: async () => {} },
      plugins: {
        teller: {
          manifest: {
            config: { type: "object", properties: { apiKey: { type: "string", "x-secret": true } } },
            offers: [{ name: "go", description: "Goes.", action: "read" }],
          },
        },
      },
    });
    await host.supervisor.ensureRunning("teller");
    crash("teller", 78, `the key ${secret} is wrong`);
    const view = await until("it failed", () => {
      const now = host.supervisor.view("teller");
      return now?.process === "failed" && now;
    });
    const refusal = await host.supervisor.ensureRunning("teller").catch((error: Error) => error.message);
    for (const words of [view.lastExit, view.problem, refusal]) assert.match(String(words), /the key ••• is wrong/);
    void host.supervisor.start("teller").catch(() => {});
    await until("it runs", () => host.supervisor.running("teller"));
    crash("teller", 78, `${"x".repeat(295)}${secret}`);
    const cut = await until(
      "it failed",
      () => host.supervisor.view("teller")?.process === "failed" && host.supervisor.view("teller"),
    );
    assert.doesNotMatch(cut.lastExit ?? "", new RegExp(secret.slice(0, 4)));
    await host.stop();
  });

  it("cost nothing while there are none, and leave what holds none as it is", () => {
    const secrets = new Secrets();
    const value = { a: [{ b: "text" }] };
    let looked = false;
    const watched = Object.defineProperty({}, "a", { enumerable: true, get: () => (looked = true) });
    assert.equal(secrets.clean(watched), watched);
    assert.equal(looked, false);
    secrets.note("on");
    assert.equal(secrets.clean(watched), watched, "too short to be told from a word");
    secrets.note(secret);
    assert.equal(secrets.clean(value), value);
  });

  it("do not reach the log, nor what is kept, except as a plugin's state", async () => {
    const secrets = new Secrets();
    secrets.note(secret);
    const lines: unknown[] = [];
    loggerWithout(secrets, { log: (...line) => lines.push(line) }).log("warn", `bad ${secret}`, { error: [secret] });
    assert.deepEqual(lines, [["warn", "bad •••", { error: ["•••"] }]]);
    const store = new MemoryStore();
    const safe = storeWithout(secrets, store as StorePort);
    await safe.setState("p", "plugin", "k", JSON.stringify(secret));
    assert.equal(JSON.parse(store.state.get("p plugin k")?.value ?? ""), secret);
    await safe.saveContent({ id: "c", createdAt: 1, value: { secret } } as never);
    assert.deepEqual(Object.values(store.contents.get("c") ?? {}).at(-1), { secret: "•••" });
  });

  it("of one plugin reach neither the model nor the journal nor the person, whatever it puts them into", async () => {
    const told: string[] = [];
    const results: unknown[] = [];
    const go = { description: "Goes.", action: "read", facets: { agent: true } };
    const { host, store, requests } = await scriptedHost({
      config: { secrets: async () => ({ apiKey: secret }), keep: async () => {} },
      window: { notify: (_plugin, _level, text) => void told.push(text) } as WindowPort,
      model: (_request, step) => {
        if (step > 2) return [{ type: "text", text: "done" }, end];
        const name = step === 1 ? "leaky_go" : "leaky_fail";
        return [{ type: "toolCall", id: `t${step}`, name, arguments: "{}" }, end];
      },
      plugins: {
        leaky: {
          manifest: {
            offers: [
              { name: "go", ...go },
              { name: "fail", ...go },
              { name: "give", ...go },
            ],
            config: { type: "object", properties: { apiKey: { type: "string", "x-secret": true } } },
            wants: [
              { verb: "act", target: "ui/notify", why: "for the test" },
              { verb: "message", target: "conversation/context", why: "for the test" },
              { verb: "publish", target: "leaky.>", why: "for the test" },
            ],
          },
          async onRequest(method, { name, _meta }, { send, progress }) {
            if (method !== "call") return {};
            if (name === "give") return { key: secret };
            if (name === "fail")
              throw new Failure("internal", `It answered 401 for ${secret}.`, { details: { header: secret } });
            progress({ message: `with ${secret}` });
            await send("ui/notify", { level: "info", text: `I use ${secret}`, _meta });
            await send("conversation/addMessage", { content: `Look: ${secret}`, _meta });
            await send("publish", { topic: "leaky.said", data: { secret }, show: true, _meta });
            await send("state/set", { scope: "plugin", key: "mine", value: secret, _meta });
            return { key: secret };
          },
        },
        other: {
          manifest: {
            offers: [{ name: "ask", description: "Asks.", action: "read" }],
            wants: [{ verb: "call", target: "leaky/give", why: "for the test" }],
          },
          async onRequest(method, { _meta }, { send }) {
            if (method === "call")
              results.push(await send("call", { to: { plugin: "leaky" }, name: "give", args: {}, _meta }));
            return {};
          },
        },
      },
    });
    const conversation = await host.conversations.visible();
    await host.agent.say(conversation.id, "go", "send");
    await until("the turn has ended", () => requests.length === 3 && host.agent.state(conversation.id) === "idle");
    await host.calls.call({ caller: "person", to: { plugin: "other" }, name: "ask", args: {} });
    assert.deepEqual(results, [{ key: secret }], "a plugin gets what another gives it");
    const without = (what: string, value: unknown) => {
      const text = JSON.stringify(value);
      assert.ok(!text.includes("12345+xyz"), `${what}: ${text}`);
      assert.ok(text.includes("•••"), `${what} says that something was there: ${text}`);
    };
    without("the model", requests);
    without("what is told", told);
    without("calls", [...store.calls.values()]);
    without("entries", [...store.entries.values()]);
    without("the journal", await store.readJournal({}));
    assert.ok(
      store.state.get("bundled//leaky plugin mine")?.value.includes("12345+xyz"),
      "its state is its own business",
    );
    await host.stop();
  });
});
