/**
 * What stands before the VS Code server for a person's own browser: it passes everything on, and adds the one route that
 * the bare server lacks, the key with which the workbench keeps secrets over a reload.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** A listening front. */
export interface Front {
  port: number;
  close(): void;
}

/**
 * Listens on 127.0.0.1, on `wantedPort` when it is free: a browser keeps what it knows by port. `keyFile` holds the key
 * and is made when missing.
 */
export async function startFront(serverPort: number, keyFile: string, wantedPort = 0): Promise<Front> {
  if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(32), { mode: 0o600 });
  const key = readFileSync(keyFile);
  const front = createServer((incoming, response) => {
    if (incoming.method === "POST" && incoming.url?.split("?")[0]?.endsWith("/mint-key")) {
      const own = incoming.headers["sec-fetch-site"] === "same-origin";
      response.writeHead(own ? 200 : 403).end(own ? key : undefined);
      return;
    }
    const outgoing = request(forward(incoming, serverPort), (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
  front.on("upgrade", (incoming, socket, head) => {
    const server = connect(serverPort, "127.0.0.1", () => {
      const headers: string[] = [];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
        headers.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}\r\n`);
      }
      server.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join("")}\r\n`);
      server.write(head);
      server.pipe(socket).pipe(server);
    });
    server.on("error", () => socket.destroy());
    socket.on("error", () => server.destroy());
  });
  const port = await listen(front, wantedPort).catch(() => listen(front, 0));
  return {
    port,
    close() {
      front.close();
      front.closeAllConnections();
    },
  };
}

function forward(incoming: IncomingMessage, port: number) {
  return { host: "127.0.0.1", port, method: incoming.method, path: incoming.url, headers: incoming.headers };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
