import { Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";
import { type InitializeParams, type InitializeResult, initializeResult } from "../../protocol/plugin/lifecycle.ts";
import { protocolVersion, speaksVersion } from "../../protocol/version.ts";
import type { Peer } from "../ports.ts";
import { firstIssue } from "./issues.ts";

/**
 * Asks a fresh plugin to `initialize` and checks its answer. It does not send `initialized`: that says that the answer
 * was accepted, which is the caller's to decide.
 *
 * @throws Failure `timeout` when no answer comes in time (30 s unless the person set another limit), `versionMismatch`,
 * `invalidParams` for an answer that is not one, `unavailable` when the channel closes first, or what the plugin itself
 * answered
 */
export async function handshake(
  peer: Peer,
  params: Omit<InitializeParams, "protocolVersion">,
  signal: AbortSignal,
): Promise<InitializeResult> {
  const answer = await ask(
    peer,
    { protocolVersion, ...params },
    signal,
    params.limits.initializeMs ?? limits.initializeMs,
  );
  const version = versionOf(answer);
  if (version !== undefined && !speaksVersion(version)) {
    throw new Failure(
      "versionMismatch",
      `It speaks protocol version ${version}; this Parley speaks version ${protocolVersion}.`,
      { todo: "Update the plugin or Parley.", details: { asked: protocolVersion, answered: version } },
    );
  }
  const parsed = initializeResult.safeParse(answer);
  if (!parsed.success)
    throw badAnswer(`Its answer to initialize does not fit the protocol: ${firstIssue(parsed.error, "the answer")}.`);
  const { intercepts = [], capabilities } = parsed.data;
  if (intercepts.length > 0 && capabilities.intercepts !== true)
    throw badAnswer('Its answer to initialize has intercepts and does not state the capability "intercepts".');
  return parsed.data;
}

async function ask(peer: Peer, params: InitializeParams, signal: AbortSignal, timeoutMs: number): Promise<unknown> {
  try {
    return await peer.request("initialize", params, { signal, timeoutMs });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === "timeout") {
      throw new Failure("timeout", `It did not answer initialize within ${timeoutMs / 1000} s.`, {
        todo: "See what it wrote in its log; restart it when it is repaired.",
        cause: error,
      });
    }
    if (error.kind === "unavailable" || error.kind === "cancelled") throw error;
    // Our own end of the channel checks answers too, and says by `details.method` that the fault was found here.
    if (error.kind === "internal" && error.details?.method === "initialize") throw badAnswer(error.message);
    const todo = error.todo ?? (error.kind === "versionMismatch" ? "Update the plugin or Parley." : undefined);
    throw new Failure(error.kind, `It refused to initialize: ${error.message}`, { todo, cause: error });
  }
}

function versionOf(answer: unknown): number | undefined {
  if (typeof answer !== "object" || answer === null || !("protocolVersion" in answer)) return undefined;
  return typeof answer.protocolVersion === "number" ? answer.protocolVersion : undefined;
}

function badAnswer(sentence: string): Failure {
  return new Failure("invalidParams", sentence, { todo: "This is the plugin author's to repair." });
}
