import type { IncomingMessage } from "node:http";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import { firstIssue } from "../../core/plugins/issues.ts";
import { type RegisterEnvelope, readObject, registerEnvelope } from "./envelopes.ts";
import { closeCodes, type FrameSocket } from "./frames.ts";
import type { AttachTokens } from "./tokens.ts";

/** A socket whose token was right. With `register` it speaks envelopes, without it the channel. */
export interface Visitor {
  readonly frames: FrameSocket;
  readonly name: string;
  readonly register: RegisterEnvelope | undefined;
}

export interface IdentifyOptions {
  readonly frames: FrameSocket;
  readonly request: IncomingMessage;
  readonly tokens: Pick<AttachTokens, "whose">;
  readonly clock: Clock;
  readonly registerMs: number;
  readonly onWrong: () => void;
}

/** The path at which the channel is spoken from the first byte on, if the token came with the request. */
const channelPath = "/channel";
/** The largest first message. */
const firstBytes = 1024 * 1024;

/**
 * Finds out who is there: by the token of the URL (`?token=`), of the header (`Authorization: Bearer`) or of the first message,
 * which is a `register` envelope or `{"token": …}` and has to come in time. Whoever is not known is closed with the reason;
 * then the answer is undefined.
 */
export async function identify(options: IdentifyOptions): Promise<Visitor | undefined> {
  const { frames, request, clock, registerMs } = options;
  const refuse = (code: number, reason: string) => {
    frames.close(code, reason);
    return undefined;
  };
  const wrong = () => {
    options.onWrong();
    return refuse(closeCodes.wrongToken, "The token opens nothing. Parley: Show Attach Token… shows the right one.");
  };
  const { path, token: shown } = partsOf(request);
  const name = shown === undefined ? undefined : await options.tokens.whose(shown);
  if (shown !== undefined && name === undefined) return wrong();
  if (name !== undefined && path === channelPath) return { frames, name, register: undefined };

  const first = await firstMessage(frames, clock, registerMs);
  if (first === "gone") return undefined;
  if (first === "late")
    return refuse(closeCodes.tooLate, `No register came within ${Math.round(registerMs / 1_000)} s.`);
  const read = readFirst(first);
  if (read instanceof Failure) return refuse(closeCodes.badMessage, read.message);
  const said = read.token === undefined ? name : await options.tokens.whose(read.token);
  if (read.token !== undefined && said === undefined) return wrong();
  if (said === undefined)
    return refuse(closeCodes.wrongToken, "A token is missing: in the URL, a header or the first message.");
  const { register } = read;
  if ((name !== undefined && said !== name) || (register && register.plugin !== said)) {
    return refuse(closeCodes.refused, "The token is another plugin's; the name must be the token's.");
  }
  return { frames, name: said, register };
}

function partsOf({ url = "/", headers }: IncomingMessage): { path: string; token: string | undefined } {
  const [path = "/", query = ""] = url.split("?", 2);
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  return { path, token: bearer ?? new URLSearchParams(query).get("token") ?? undefined };
}

function firstMessage(frames: FrameSocket, clock: Clock, registerMs: number): Promise<Buffer | "late" | "gone"> {
  return new Promise((resolve) => {
    const timer = clock.after(registerMs, () => resolve("late"));
    void frames.closed.then(() => {
      timer.dispose();
      resolve("gone");
    });
    frames.listen((body) => {
      frames.hold();
      timer.dispose();
      resolve(body);
    });
  });
}

function readFirst(body: Buffer): { token: string | undefined; register: RegisterEnvelope | undefined } | Failure {
  if (body.length > firstBytes) return new Failure("tooLarge", "The first message is larger than 1 MiB.");
  let value: Record<string, unknown>;
  try {
    value = readObject(body);
  } catch (error) {
    return error as Failure;
  }
  if (value.type === undefined && typeof value.token === "string") return { token: value.token, register: undefined };
  if (value.type !== "register") {
    return new Failure(
      "invalidRequest",
      'The first message must be a register envelope, or {"token"} for the channel.',
    );
  }
  const parsed = registerEnvelope.safeParse(value);
  if (!parsed.success)
    return new Failure("invalidRequest", `register does not fit: ${firstIssue(parsed.error, "it")}.`);
  return { token: parsed.data.token, register: parsed.data };
}
