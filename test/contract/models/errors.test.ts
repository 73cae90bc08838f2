import assert from "node:assert/strict";
import { inspect } from "node:util";
import { FakeClock } from "../../../src/base/clock.ts";
import type { Failure } from "../../../src/base/failure.ts";
import { createOpenAICompatible } from "../../../src/models/lazy.ts";
import { ask, runStep, type StepOutcome } from "../../support/modelSteps.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";
import type { Step } from "../../support/openaiSteps.ts";

const secret = "sk-parley-Zm9v+YmFy/0123";

describe("what goes wrong with a model's endpoint", () => {
  let server: OpenAIServer;
  const seen: StepOutcome[] = [];

  beforeEach(async () => {
    server = await startOpenAIServer({ script: () => [] });
  });
  afterEach(() => server.close());

  async function failing(steps: Step[], more: { baseURL?: string; apiKey?: string } = {}): Promise<StepOutcome> {
    server.script = () => steps;
    const model = createOpenAICompatible({
      id: "m",
      label: "Scripted",
      baseURL: more.baseURL ?? server.baseURL,
      model: "tiny-1",
      apiKey: async () => more.apiKey ?? secret,
      headers: { "x-team": "team-secret-value" },
      clock: new FakeClock(Date.parse("2030-01-01T00:00:00Z")),
    });
    const outcome = await runStep(model, ask("Hi"));
    seen.push(outcome);
    return outcome;
  }

  const refusals: {
    name: string;
    step: Extract<Step, { status: number }>;
    kind: Failure["kind"];
    says: RegExp;
    todo?: RegExp;
    details: Record<string, unknown>;
  }[] = [
    {
      name: "401 that repeats the key",
      step: {
        status: 401,
        body: { error: { message: `Incorrect API key provided: ${secret}.`, code: "invalid_api_key" } },
      },
      kind: "denied",
      says: /the key was refused.*Incorrect API key provided: •••/,
      todo: /Parley: Connect a Model/,
      details: { status: 401, code: "invalid_api_key" },
    },
    {
      name: "403",
      step: { status: 403, body: { error: "no access" } },
      kind: "denied",
      says: /the key was refused.*no access/,
      todo: /Parley: Connect a Model/,
      details: { status: 403 },
    },
    {
      name: "404 of a model",
      step: { status: 404, body: { error: { message: "The model `tiny-1` does not exist", code: "model_not_found" } } },
      kind: "notFound",
      says: /"tiny-1" was not found/,
      details: { status: 404, code: "model_not_found" },
    },
    {
      name: "404 page of some other server",
      step: { status: 404, headers: { "content-type": "text/html" }, body: "<html><h1>Not Found</h1></html>" },
      kind: "notFound",
      says: /"tiny-1" was not found at http:\S+ \(404\)\.$/,
      todo: /usually ends in \/v1/,
      details: { status: 404 },
    },
    {
      name: "429 with retry-after in seconds",
      step: { status: 429, headers: { "retry-after": "20" }, body: { error: { message: "Rate limit reached" } } },
      kind: "overloaded",
      says: /asks to wait 20 s.*Rate limit reached/,
      details: { status: 429, retryAfterMs: 20_000 },
    },
    {
      name: "429 with retry-after-ms, which is more exact",
      step: { status: 429, headers: { "retry-after": "1", "retry-after-ms": "450" } },
      kind: "overloaded",
      says: /429/,
      details: { status: 429, retryAfterMs: 450 },
    },
    {
      name: "429 with retry-after as a date",
      step: { status: 429, headers: { "retry-after": "Tue, 01 Jan 2030 00:00:07 GMT" } },
      kind: "overloaded",
      says: /429/,
      details: { status: 429, retryAfterMs: 7000 },
    },
    {
      name: "429 with a retry-after that says nothing",
      step: { status: 429, headers: { "retry-after": "soon" } },
      kind: "overloaded",
      says: /429/,
      details: { status: 429 },
    },
    {
      name: "429 because the account is empty, where waiting does not help",
      step: { status: 429, body: { error: { message: "You exceeded your quota", code: "insufficient_quota" } } },
      kind: "denied",
      says: /no credit left/,
      details: { status: 429, code: "insufficient_quota" },
    },
    {
      name: "400 because the conversation is too long",
      step: { status: 400, body: { error: { message: "Too long", code: "context_length_exceeded" } } },
      kind: "tooLarge",
      says: /too long for tiny-1/,
      details: { status: 400, code: "context_length_exceeded" },
    },
    {
      name: "400 with a reason in FastAPI's shape",
      step: { status: 400, body: { detail: "tiny-1 does not support tools" } },
      kind: "invalidRequest",
      says: /refused the request \(400\)\. It says: tiny-1 does not support tools/,
      details: { status: 400 },
    },
    {
      name: "500 with an endless plain text",
      step: { status: 500, body: "x".repeat(1_000_000) },
      kind: "unavailable",
      says: /failed \(500\)\. It says: x{300}…$/,
      details: { status: 500 },
    },
    {
      name: "503 that says when to come back",
      step: { status: 503, headers: { "retry-after": "2" } },
      kind: "unavailable",
      says: /failed \(503\)/,
      details: { status: 503, retryAfterMs: 2000 },
    },
    {
      name: "a redirect, which would carry the key elsewhere",
      step: { status: 307, headers: { location: "https://elsewhere.example/v1/chat?token=abc" } },
      kind: "unavailable",
      says: /redirects to https:\/\/elsewhere\.example\/v1\/chat \(307\)/,
      details: { status: 307 },
    },
  ];

  for (const { name, step, kind, says, todo, details } of refusals) {
    it(`says clearly: ${name}`, async () => {
      const { failure, events } = await failing([step]);
      assert.equal(failure?.kind, kind);
      assert.match(failure.message, says);
      assert.match(failure.todo ?? "", todo ?? /./);
      assert.deepEqual(failure.details, details);
      assert.deepEqual(events, []);
      assert.equal(server.requests.length, 1, "nothing is tried twice");
    });
  }

  it("asks whether the server runs when nothing answers", async () => {
    const { baseURL } = server;
    await server.close();
    const { failure } = await failing([], { baseURL });
    assert.equal(failure?.kind, "unavailable");
    assert.equal(failure.message, `Nothing answers at ${baseURL}; is the server running?`);
    assert.deepEqual(failure.details, { code: "ECONNREFUSED" });
  });

  it("says that the answer was cut off, after what came", async () => {
    for (const how of [{ cut: true }, { end: true }] as const) {
      const { failure, text } = await failing([{ text: "As far as " }, { text: "I know" }, how]);
      assert.equal(text, "As far as I know");
      assert.equal(failure?.kind, "unavailable");
      assert.match(failure.message, /The answer was cut off/);
      assert.deepEqual(failure.details, { cut: true });
    }
  });

  it("drops the calls of an answer that was cut off", async () => {
    const call = { toolCall: { id: "c1", name: "write", arguments: '{"path":"a.ts"}' } };
    for (const how of [{ cut: true }, { end: true }] as const) {
      const { failure, calls } = await failing([call, how]);
      assert.deepEqual(calls, []);
      assert.match(failure?.message ?? "", /cut off/);
    }
  });

  it("says that a piece is not of the format, after what came", async () => {
    for (const raw of ["data: {broken\n\n", 'data: {"hello":1}\n\n', 'data: {"choices":"none"}\n\n', "data: 7\n\n"]) {
      const { failure, text } = await failing([
        { text: "Well, " },
        { raw },
        { text: "never read" },
        { finish: "stop" },
      ]);
      assert.equal(text, "Well, ");
      assert.equal(failure?.kind, "unavailable");
      assert.match(failure.message, /not of the OpenAI chat format/);
    }
  });

  it("says what a server breaks off with in mid-stream", async () => {
    const plain = await failing([
      { text: "a" },
      { error: { message: `upstream died with ${secret}`, type: "server_error" } },
    ]);
    assert.equal(plain.text, "a");
    assert.equal(plain.failure?.kind, "unavailable");
    assert.match(plain.failure.message, /broke off the answer with an error\. It says: upstream died with •••/);
    const busy = await failing([{ error: { message: "Rate limit", code: 429 } }]);
    assert.equal(busy.failure?.kind, "overloaded");
  });

  it("says that it is no such endpoint where a page or plain JSON comes back", async () => {
    const page = await failing([
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>Welcome to nginx</html>" },
    ]);
    assert.match(page.failure?.message ?? "", /is not an OpenAI-compatible endpoint/);
    const json = await failing([{ status: 200, body: { choices: [{ message: { content: "not streamed" } }] } }]);
    assert.match(json.failure?.message ?? "", /is not an OpenAI-compatible endpoint/);
  });

  it("says that the content filter stopped the answer", async () => {
    const { failure, text } = await failing([{ text: "I" }, { finish: "content_filter" }]);
    assert.equal(text, "I");
    assert.equal(failure?.kind, "blocked");
  });

  it("refuses a key that no header can carry, without showing it", async () => {
    const { failure } = await failing([], { apiKey: `${secret}\nx: y` });
    assert.equal(failure?.kind, "denied");
    assert.equal(server.requests.length, 0);
    assert.ok(!inspect(failure).includes(secret));
  });

  it("refuses an address that carries a password, without showing it", () => {
    const make = (baseURL: string) => () => createOpenAICompatible({ id: "m", label: "L", baseURL, model: "x" });
    assert.throws(make("https://me:hunter22@api.example.com/v1"), (error: Failure) => {
      assert.equal(error.kind, "invalidParams");
      assert.ok(!inspect(error).includes("hunter22"));
      return true;
    });
    for (const baseURL of ["", "api.example.com/v1", "file:///etc/passwd", "ftp://x/v1"]) {
      assert.throws(make(baseURL), { name: "Failure", kind: "invalidParams" });
    }
  });

  it("sends the key as a bearer token, and shows it in no failure of this file", async () => {
    await failing([{ text: "ok" }, { finish: "stop" }], { apiKey: `  ${secret}\n` });
    assert.equal(server.requests[0]?.headers.authorization, `Bearer ${secret}`);
    assert.equal(server.requests[0]?.headers["x-team"], "team-secret-value");
    assert.ok(seen.filter((outcome) => outcome.failure).length >= refusals.length);
    for (const outcome of seen) {
      const everything = inspect(outcome, { depth: 20, showHidden: true }) + JSON.stringify(outcome.failure);
      for (const word of [secret, encodeURIComponent(secret), "team-secret-value"]) {
        assert.ok(!everything.includes(word), `"${word}" is in ${everything}`);
      }
    }
  });
});
