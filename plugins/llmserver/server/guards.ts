import type { IncomingMessage } from "node:http";

/** An answer that ends a request early: its status, and what is told in OpenAI's error format. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** The largest request body, in bytes. */
export const bodyBytes = 4 * 1024 * 1024;
/** How long a body may take to arrive, in milliseconds. */
const bodyMs = 15_000;

/**
 * Refuses what a web page could send: a Host that is not loopback with our port (a name that was rebound to 127.0.0.1), a foreign
 * Origin, and bodies that are not declared as JSON (a form needs no permission to post).
 */
export function refuseForeign(request: IncomingMessage, port: number): void {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !hosts.includes(host)) {
    throw new Refusal(421, "invalid_host", `The Host header must be 127.0.0.1:${port} or localhost:${port}.`);
  }
  const origin = request.headers.origin?.toLowerCase();
  if (origin !== undefined && !hosts.some((own) => origin === `http://${own}`)) {
    throw new Refusal(403, "invalid_origin", "Requests from web pages of other origins are not answered.");
  }
  if (request.method === "POST" && !/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new Refusal(415, "invalid_content_type", "The Content-Type must be application/json.");
  }
}

/** Reads a body as JSON, within limits of size and time. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const tooLarge = (): Refusal => new Refusal(413, "too_large", `The body is larger than ${bodyBytes} bytes.`);
  if (Number(request.headers["content-length"] ?? 0) > bodyBytes) {
    await drain(request);
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(
    () => request.destroy(new Refusal(408, "timeout", "The body did not arrive in time.")),
    bodyMs,
  );
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bodyBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal(400, "invalid_json", "The body is not JSON.");
  }
}

/** Lets a body that is not wanted run out for two seconds, since a client that is still sending hears no answer. */
async function drain(request: IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 2_000);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.once("end", done).once("close", done).resume();
  });
}
