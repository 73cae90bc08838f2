import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { findLocalServers, listModels } from "../../../src/models/lazy.ts";
import { type OpenAIServer, startOpenAIServer } from "../../support/openaiServer.ts";

describe("the models that an endpoint offers", () => {
  let server: OpenAIServer;

  beforeEach(async () => {
    server = await startOpenAIServer({ script: () => [], key: "sk-right-key", models: ["b", "a", "b"] });
  });
  afterEach(() => server.close());

  it("are listed by id, sorted, with the key", async () => {
    assert.deepEqual(await listModels({ baseURL: `${server.baseURL}/`, apiKey: "sk-right-key" }), ["a", "b"]);
  });

  it("are refused clearly with a wrong key", async () => {
    await assert.rejects(listModels({ baseURL: server.baseURL, apiKey: "sk-wrong-key" }), (error: Error) => {
      assert.match(error.message, /the key was refused/);
      assert.ok(!error.message.includes("sk-wrong-key"));
      return true;
    });
  });

  it("are refused clearly without a key", async () => {
    await assert.rejects(listModels({ baseURL: server.baseURL }), /it wants a key, and none was sent/);
  });

  it("are not looked for at what is no such endpoint", async () => {
    const other = createServer((_, response) => response.end("<html>hello</html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const baseURL = `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1`;
    await assert.rejects(listModels({ baseURL }), /is not an OpenAI-compatible endpoint/);
    assert.deepEqual(await findLocalServers([{ label: "Other", baseURL }]), []);
    await new Promise((resolve) => other.close(resolve));
  });

  it("are found on this machine where a server answers in time, in the order asked", async () => {
    const open = await startOpenAIServer({ script: () => [], models: ["tiny"] });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const found = await findLocalServers([
      { label: "Silent", baseURL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1` },
      { label: "Needs a key", baseURL: server.baseURL },
      { label: "Nobody", baseURL: "http://127.0.0.1:9/v1" },
      { label: "Open", baseURL: open.baseURL },
    ]);
    assert.deepEqual(found, [{ label: "Open", baseURL: open.baseURL, models: ["tiny"] }]);
    assert.equal(server.requests[0]?.headers.authorization, undefined);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    await open.close();
  });
});
