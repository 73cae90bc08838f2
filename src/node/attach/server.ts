import { createServer as createPlainServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { Logger } from "../../base/logger.ts";
import { limits } from "../../protocol/limits.ts";
import { closeCodes, FrameSocket } from "./frames.ts";
import { identify, type Visitor } from "./identify.ts";
import type { AttachTokens } from "./tokens.ts";
import { WrongTokens } from "./wrongTokens.ts";

/** Connections that are no WebSocket yet, sockets that have not said yet who they are, and all sockets. */
const most = { connections: 32, unknown: 8, sockets: 64 } as const;

export interface AttachServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** PEM texts; without them the server speaks plain WebSocket, which it may because it listens on loopback only. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly tokens: Pick<AttachTokens, "whose">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a socket may take to say who it is. */
  readonly registerMs: number;
  readonly welcome: (visitor: Visitor) => void;
}

export interface AttachServer {
  readonly port: number;
  /** Closes the door; the sockets of those who are known stay with their owners. */
  close(): void;
}

/**
 * Listens on 127.0.0.1. Browsers are refused by their Origin, rebound names by their Host; whoever is left has to show a token.
 *
 * @throws Failure `unavailable` where it cannot listen or the certificate cannot be used
 */
export async function startAttachServer(options: AttachServerOptions): Promise<AttachServer> {
  const { clock, logger, tokens, registerMs, welcome } = options;
  const server = makeServer(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytes, perMessageDeflate: false });
  const wrong = new WrongTokens(clock);
  const unknown = new Set<FrameSocket>();
  server.maxConnections = 2 * most.sockets;
  // By the port that they come from, the oldest first; over TLS the socket of an upgrade is another object.
  const connections = new Map<number | undefined, Socket>();
  server.on("connection", (socket: Socket) => {
    const { remotePort } = socket;
    const [oldest] = connections.size < most.connections ? [] : connections.values();
    oldest?.destroy();
    connections.set(remotePort, socket);
    socket.once("close", () => connections.get(remotePort) === socket && connections.delete(remotePort));
  });
  server.on("request", (_request, response) => {
    response.writeHead(426, { "Content-Type": "text/plain", Connection: "close" });
    response.end("Plugins of Parley attach here with WebSocket.\n");
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    connections.delete(request.socket.remotePort);
    const refusal = refusalOf(request, portOf(server));
    if (refusal) return refuse(socket, 403, refusal);
    const wait = wrong.waitMs();
    if (wait > 0) return refuse(socket, 429, "Too many wrong tokens came.", `Retry-After: ${Math.ceil(wait / 1_000)}`);
    if (!makeRoom(unknown) || sockets.clients.size >= most.sockets) {
      return refuse(socket, 503, "Too many connections are open.");
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const frames = new FrameSocket(webSocket, clock);
      unknown.add(frames);
      identify({ frames, request, tokens, clock, registerMs, onWrong: () => wrong.note() })
        .then((visitor) => visitor && welcome(visitor))
        .catch((error) => {
          logger.log("error", "A plugin could not attach.", { error: String(error) });
          frames.close(1011, "Parley failed; its own log has the details.");
        })
        .finally(() => unknown.delete(frames));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(options.port, error)));
    server.listen(options.port, "127.0.0.1", resolve);
  });
  server.on("error", (error) => logger.log("error", "The attach server failed.", { error: error.message }));
  return {
    port: portOf(server),
    close() {
      server.close();
      server.closeAllConnections();
      sockets.close();
      for (const frames of unknown) frames.close(closeCodes.goingAway, "Attaching was turned off.");
    },
  };
}

/** Where too many have not said who they are, the oldest of those that said nothing at all leaves. Answers whether there is room. */
function makeRoom(unknown: Set<FrameSocket>): boolean {
  if (unknown.size < most.unknown) return true;
  const silent = [...unknown].find(({ spoke }) => !spoke);
  if (silent === undefined) return false;
  unknown.delete(silent);
  silent.close(closeCodes.tooLate, "Others came while it said nothing.");
  return true;
}

function makeServer({ tls, registerMs }: AttachServerOptions): Server {
  // Whoever connects and does not even ask to speak WebSocket has no more time than whoever does.
  const times = {
    headersTimeout: registerMs,
    requestTimeout: registerMs,
    connectionsCheckingInterval: Math.min(1_000, registerMs),
  };
  if (!tls) return createPlainServer(times);
  try {
    return createTlsServer({ ...tls, ...times, handshakeTimeout: registerMs });
  } catch (error) {
    throw new Failure("unavailable", `The certificate for attaching cannot be used: ${(error as Error).message}.`, {
      todo: "Check parley.attach.certificate and parley.attach.key: both are PEM files and belong together.",
    });
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

function cannotListen(port: number, error: NodeJS.ErrnoException): Failure {
  const why = error.code === "EADDRINUSE" ? "it is taken" : error.message;
  return new Failure("unavailable", `Plugins cannot attach: port ${port} cannot be opened (${why}).`, {
    todo: "Set parley.attach.port to another one, or to 0 for one that the system chooses.",
  });
}

/** Why a request for an upgrade is not for us. */
function refusalOf({ headers }: IncomingMessage, port: number): string | undefined {
  if (headers.origin !== undefined) return "Pages cannot attach: a request with an Origin is refused.";
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((host) => `${host}:${port}`);
  if (headers.host === undefined || !hosts.includes(headers.host.toLowerCase())) {
    return `The Host must be 127.0.0.1:${port} or localhost:${port}.`;
  }
  return undefined;
}

function refuse(socket: Duplex, status: number, why: string, ...headers: string[]): void {
  const lines = [`HTTP/1.1 ${status} Refused`, "Connection: close", "Content-Type: text/plain", ...headers];
  socket.end(`${lines.join("\r\n")}\r\nContent-Length: ${why.length + 1}\r\n\r\n${why}\n`);
}
