import assert from "node:assert/strict";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import * as vscode from "vscode";
import { until } from "../../support/until.ts";

/** What the port answers: the status of a plain request, or the code of an error. */
function asked(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    get({ host: "127.0.0.1", port, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("attaching in a real VS Code", () => {
  it("opens its port when the setting says so, lets nobody in without the token, and closes it again", async () => {
    await vscode.extensions.getExtension("parley-dev.parley")?.activate();
    const configuration = () => vscode.workspace.getConfiguration("parley");
    const set = (name: string, value: unknown) =>
      configuration().update(name, value, vscode.ConfigurationTarget.Global);
    assert.equal(configuration().get("attach.enabled"), false);
    const port = await freePort();
    assert.equal(await asked(port), "ECONNREFUSED");
    await set("attach.port", port);
    await set("attach.enabled", true);
    await until("the port is open", async () => (await asked(port)) === 426);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/channel?token=guess`);
    const code = await new Promise<number | string>((resolve) => {
      socket.addEventListener("close", (event) => resolve(event.code));
    });
    assert.ok(code === 4401 || code === 1006, `it was closed with ${code}`);
    await set("attach.enabled", false);
    await until("the port is closed", async () => (await asked(port)) === "ECONNREFUSED");
    await set("attach.port", undefined);
  });
});
