import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type AttachServer, startAttachServer } from "../../../src/node/attach/server.ts";
import { until } from "../../support/until.ts";

const fixtures = join(import.meta.dirname, "../../contract/attach/fixtures");
const pem = (name: string) => readFileSync(join(fixtures, `loopback.${name}.pem`), "utf8");

describe("the server for plugins that attach", () => {
  let server: AttachServer | undefined;
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
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
  }
});
