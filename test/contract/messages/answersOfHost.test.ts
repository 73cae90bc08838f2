/** What each SDK's functions send arrives as the protocol says, and a host that answers wrongly makes them fail. */
import assert from "node:assert/strict";
import { type PluginToHost, pluginToHost, type RequestMethod } from "../../../src/protocol/plugin/methods.ts";
import { malformed, seed } from "../../support/malformed.ts";
import { until } from "../../support/until.ts";
import { Child, languages } from "./children.ts";
import { pluginMethods } from "./pluginSamples.ts";
import { resultSamples } from "./resultSamples.ts";

type Method = RequestMethod<PluginToHost>;

/** Messages of the channel itself: each SDK sends them where they are due, and an author has no function for them. */
const withoutFunction: readonly string[] = ["$/ping", "$/cancelRequest", "$/progress", "$/credit", "$/setTrace"];

/** Messages whose answer an SDK does not wait for. */
const unheard: readonly string[] = ["unregister"];

const spoken = pluginMethods.filter((method): method is Method => !withoutFunction.includes(method));

for (const [language, ending] of Object.entries(languages)) {
  describe(`what a plugin in ${language} sends (seed ${seed})`, function () {
    this.timeout(60_000);
    let child: Child;
    /** What is answered next to the method that is being tried, in order; then the sample. */
    const answers: Record<string, unknown>[] = [];
    const sent: { method: string; params: Record<string, unknown> }[] = [];

    before(async () => {
      child = new Child(`speaker.${ending}`);
      child.peer.onMessage = ({ id, method = "", params = {} }) => {
        if (id === undefined) return;
        const own = method === "publish" && String(params.topic).startsWith("self.");
        if (!own) sent.push({ method, params });
        const answer = own || method === "unregister" ? undefined : answers.shift();
        child.peer.send({ jsonrpc: "2.0", id, ...(answer ?? { result: resultSamples[method as Method] }) });
      };
      await child.start();
    });
    after(() => child?.peer.kill());
    afterEach(() => void answers.splice(0));

    const send = async (method: string) =>
      await child.call<{ answer?: unknown; kind?: string; message?: string }>("send", {
        method,
        callId: "call-1",
        reference: "r",
      });

    it("has a function for every message but the channel's own", async () => {
      assert.deepEqual((await child.call<string[]>("methods")).sort(), [...spoken].sort());
    });

    for (const method of spoken) {
      it(`${method}: its function sends what fits, and takes an answer that fits`, async () => {
        sent.length = 0;
        const { answer, kind, message } = await send(method);
        assert.equal(kind, undefined, message);
        assert.notEqual(answer, undefined);
        const { params } = await until("it is sent", () => sent.find((one) => one.method === method));
        assert.ok(pluginToHost[method].params.safeParse(params).success, JSON.stringify(params));
      });
    }

    for (const method of spoken.filter((one) => !unheard.includes(one) && one !== "call")) {
      it(`${method}: an answer that does not fit makes its function fail, and blames the host`, async () => {
        const made = malformed(pluginToHost[method].result, resultSamples[method], 60).filter(
          ({ value }) => value !== undefined,
        );
        assert.ok(made.length >= 5, `${made.length} variants`);
        for (let from = 0; from < made.length; from += 30) {
          const some = made.slice(from, from + 30);
          answers.push(...some.map(({ value }) => ({ result: value })));
          const outcomes = await Promise.all(some.map(() => send(method)));
          assert.equal(answers.length, 0);
          for (const [index, { kind, message, answer }] of outcomes.entries()) {
            const { path, fault } = some[index] ?? { path: [], fault: "" };
            assert.equal(
              kind,
              "internal",
              `one of these was taken: ${path.join(".")} ${fault}, as ${JSON.stringify(answer)}`,
            );
            assert.match(message ?? "", new RegExp(`answer of the host to "${method}" does not fit`));
          }
        }
        assert.equal((await send(method)).kind, undefined, "it works again");
      });
    }

    it("an answer that is none, or an error that is none, makes a function fail too", async () => {
      const broken = [
        {},
        { result: 1, error: { code: -32603, message: "both" } },
        { error: null },
        { error: "text" },
        { error: { message: "no code" } },
        { error: { code: "1", message: "no number" } },
        { error: { code: 1.5, message: "no integer" } },
        { error: { code: -32603 } },
      ];
      for (const answer of broken) {
        answers.push(answer);
        const { kind, message } = await send("state/get");
        assert.equal(kind, "internal", `${JSON.stringify(answer)}: ${message}`);
      }
      assert.equal((await send("state/get")).kind, undefined);
    });

    it("an error of the host reaches the author with its kind and words", async () => {
      answers.push({ error: { code: -33002, message: "Refused.", data: { rule: "r", todo: "Ask." } } });
      assert.deepEqual(await send("state/get"), { kind: "denied", message: "Refused." });
      answers.push({ error: { code: -1, message: "Unknown." } });
      assert.equal((await send("state/get")).kind, "internal");
    });
  });
}
