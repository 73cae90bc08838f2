import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseAddress, resourceURL } from "../../../src/models/address.ts";
import { boundedFetch, longestAnswer } from "../../../src/models/http.ts";
import { retryAfter } from "../../../src/models/httpErrors.ts";
import { networkFailure } from "../../../src/models/networkErrors.ts";
import { toPrompt } from "../../../src/models/prompt.ts";
import { redactor } from "../../../src/models/redact.ts";
import { abortable } from "../../../src/models/signals.ts";

describe("an endpoint's address", () => {
  it("is read as people write it", () => {
    for (const [written, base] of [
      ["https://api.example.com/v1", "https://api.example.com/v1"],
      ["  https://api.example.com/v1//  ", "https://api.example.com/v1"],
      ["http://127.0.0.1:11434/v1/chat/completions", "http://127.0.0.1:11434/v1"],
      ["http://localhost:8080", "http://localhost:8080"],
    ] as const) {
      assert.equal(parseAddress(written).base, base);
    }
  });

  it("keeps its query for requests and out of what is shown", () => {
    const address = parseAddress("https://x.example/openai?api-version=2030&code=hidden");
    assert.equal(address.base, "https://x.example/openai");
    assert.equal(resourceURL(address, "/models"), "https://x.example/openai/models?api-version=2030&code=hidden");
  });

  it("knows this machine from others", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
      assert.equal(parseAddress(`http://${host}:1/v1`).loopback, true, host);
    }
    for (const host of ["127.0.0.1.example.com", "localhost.example", "10.0.0.1", "[::2]"]) {
      assert.equal(parseAddress(`http://${host}:1/v1`).loopback, false, host);
    }
  });
});

describe("a text of unknown origin", () => {
  it("loses every secret, as it is and as it stands in an address", () => {
    const redact = redactor(["sk-a/b+c", undefined, "sk-a/b+c-longer"]);
    assert.equal(redact("key sk-a/b+c and sk-a/b+c-longer, ?k=sk-a%2Fb%2Bc"), "key ••• and •••, ?k=•••");
  });

  it("is not torn apart by a short word, and is cut after the secrets are out", () => {
    assert.equal(redactor(["a"])("banana"), "banana");
    const text = redactor(["sk-secret-key"])(`${"x".repeat(295)}sk-secret-key`);
    assert.ok(!text.includes("sk-"), text);
  });

  it("is one line without control characters", () => {
    assert.equal(redactor([])("a\u001b[31m\r\n\tb\u202e c"), "a [31m b c");
  });
});

describe("the wait that a server names", () => {
  it("is read from seconds, milliseconds and dates, and from nothing else", () => {
    const now = Date.parse("2030-01-01T00:00:00Z");
    const of = (headers: Record<string, string>) => retryAfter(headers, now);
    assert.equal(of({ "retry-after": "1.5" }), 1500);
    assert.equal(of({ "retry-after-ms": "20.2", "retry-after": "9" }), 21);
    assert.equal(of({ "retry-after": "Mon, 31 Dec 2029 23:59:00 GMT" }), 0);
    for (const none of [{}, { "retry-after": "" }, { "retry-after": "-3 apples" }, { "retry-after-ms": "-1" }]) {
      assert.equal(of(none as Record<string, string>), undefined);
    }
  });
});

describe("a request that got no answer", () => {
  const target = { base: "http://x.example/v1", keyed: true, redact: redactor([]) };
  const fetchFailed = (code: string) =>
    new TypeError("fetch failed", { cause: Object.assign(new Error("secret details"), { code }) });

  it("is told by the system's code, wherever in the chain that stands, and never by its text", () => {
    const several = new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]);
    for (const [error, words] of [
      [fetchFailed("ECONNREFUSED"), /is the server running\?/],
      [new TypeError("fetch failed", { cause: several }), /is the server running\?/],
      [fetchFailed("ENOTFOUND"), /name service/],
      [fetchFailed("UND_ERR_HEADERS_TIMEOUT"), /in time/],
      [fetchFailed("ECONNRESET"), /closed the connection/],
      [fetchFailed("DEPTH_ZERO_SELF_SIGNED_CERT"), /certificate .* not trusted/],
      [new Error("secret details"), /could not be reached\.$/],
    ] as const) {
      const failure = networkFailure(error, target);
      assert.equal(failure.kind, "unavailable");
      assert.match(failure.message, words);
      assert.ok(!`${failure.message}${failure.todo}${JSON.stringify(failure.details)}`.includes("secret"));
      assert.equal(failure.cause, undefined);
    }
  });
});

describe("an answer without end", () => {
  it("is cut at the limit, and an error's body long before", async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/error" ? 500 : 200);
      const more = () => {
        while (!response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
      };
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const failed = await boundedFetch(`${url}/error`);
    assert.equal((await failed.text()).length, 64 * 1024);
    assert.ok(sent < longestAnswer / 2, `${sent} bytes`);
    const good = await boundedFetch(url);
    await assert.rejects(good.arrayBuffer(), { kind: "tooLarge" });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("messages for a model", () => {
  it("keep an answer whose call is unknown", () => {
    const [message] = toPrompt([{ role: "tool", toolCallId: "x", content: "text" }]);
    assert.deepEqual(message, {
      role: "tool",
      content: [{ type: "tool-result", toolCallId: "x", toolName: "unknown", output: { type: "text", value: "text" } }],
    });
  });
});

describe("waiting under a signal", () => {
  it("leaves no listener behind and swallows what comes too late", async () => {
    const abort = new AbortController();
    assert.equal(await abortable(Promise.resolve(7), abort.signal), 7);
    const late = Promise.withResolvers<number>();
    const waiting = abortable(late.promise, abort.signal);
    abort.abort();
    await assert.rejects(waiting, { kind: "cancelled" });
    late.reject(new Error("too late"));
    await assert.rejects(abortable(Promise.reject(new Error("never seen")), abort.signal), { kind: "cancelled" });
  });
});
