import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type AttachServer, startAttachServer } from "../../../src/node/attach/server.ts";
import { until } from "../../support/until.ts";

const fixtures = join(import.meta.dirname, "../../contract/attach/fixtures");
const pem = (name: string) => readFileSync(join(fixtures, `loopback.${name}.pem`), "utf8");

describe("the server for plugins that attach", () => {
  let server: AttachServer | undefined;
  const sockets: Socket[] = [];
  const clients: WebSocket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const client of clients.splice(0)) client.terminate();
    server?.close();
  });

  for (const [what, tls] of [
    ["plain", undefined],
    ["TLS", { cert: pem("cert"), key: pem("key") }],
  ] as const) {
    it(`closes who connects and says nothing, or half of a request, and what is not ${what}, in the time for a register`, async () => {
      server = await startAttachServer({
        port: 0,
        tls,
        tokens: { whose: async () => undefined },
        clock: systemClock,
        logger: silentLogger,
        registerMs: 300,
        welcome: () => assert.fail("nobody said who it is"),
      });
      for (const words of ["", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-", "\u0016\u0003\u0001"]) {
        const socket = connect(server.port, "127.0.0.1", () => socket.write(words));
        socket.on("error", () => {});
        socket.resume();
        sockets.push(socket);
      }
      await until("all are closed", () => sockets.every(({ closed }) => closed));
    });

    it(`lets who has said the least the longest give way to who comes, where too many say nothing, with ${what}`, async () => {
      const met: string[] = [];
      server = await startAttachServer({
        port: 0,
        tls,
        tokens: { whose: async (token) => (token === "right" ? "p" : undefined) },
        clock: systemClock,
        logger: silentLogger,
        registerMs: 30_000,
        welcome: ({ name, frames }) => {
          met.push(name);
          frames.close(1000, "met");
        },
      });
      const { port } = server;
      const url = `${tls ? "wss" : "ws"}://127.0.0.1:${port}`;
      const open = async (path = ""): Promise<WebSocket> => {
        const socket = new WebSocket(`${url}${path}`, { rejectUnauthorized: false });
        clients.push(socket);
        await once(socket, "open");
        return socket;
      };
      // Connections that never become one, as many as there may be, and more; then as many silent sockets.
      for (let count = 0; count < 150; count++) {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.resume();
        sockets.push(socket);
        await once(socket, "connect");
      }
      const silent: WebSocket[] = [];
      for (let count = 0; count < 8; count++) silent.push(await open());
      const [first, second] = silent as [WebSocket, WebSocket];
      const ended = once(first, "close");
      const newcomer = await open();
      const [code, reason] = await ended;
      assert.deepEqual([code, String(reason)], [4408, "Others came while it said nothing."]);
      assert.equal(second.readyState, WebSocket.OPEN);
      newcomer.send(JSON.stringify({ token: "right" }));
      await until("the newcomer is met", () => met.length === 1);
      await open("/channel?token=right");
      await until("and who shows a token at once", () => met.length === 2);
      assert.equal(silent.filter(({ readyState }) => readyState === WebSocket.OPEN).length, 7);
    }).timeout(20_000);
  }
});
