import type { Failure } from "../../base/failure.ts";
import type { ExitInfo } from "../ports.ts";
import type { EndingKind } from "./reconcile.ts";

/** What is known when a process is gone. */
export interface Ending {
  readonly exit: ExitInfo;
  /** Whether it had answered `initialize`. */
  readonly ran: boolean;
  /** Whether we asked it to stop, for no fault of its own. */
  readonly asked: boolean;
  /** Why its run was given up before it ended: the handshake failed, or its channel broke. */
  readonly failure?: Failure;
  /** What broke the channel before the process ended by itself. */
  readonly broken?: string;
}

/** The exit code by which a plugin says that its configuration cannot work (EX_CONFIG of sysexits.h). */
const configurationExit = 78;

/** Tells whether trying again can help. */
export function judgeEnding(ending: Ending): EndingKind {
  const { exit, ran, asked, failure } = ending;
  if (asked) return "asked";
  if (exit.startError !== undefined) return "refused";
  if (failure) {
    const hopeless = ["versionMismatch", "denied", "invalidParams", "conflict"].includes(failure.kind);
    return hopeless || exit.code === configurationExit ? "refused" : "crashed";
  }
  if (exit.code === configurationExit) return "refused";
  if (exit.code === 0 && ending.broken === undefined) return ran ? "finished" : "refused";
  return "crashed";
}

/** One sentence about the end of a process, without the plugin's name; what it wrote last on stderr is quoted, bounded. */
export function describeEnding(ending: Ending): string {
  const { exit, ran, failure } = ending;
  if (exit.startError !== undefined) return exit.startError;
  const words = lastWords(exit.stderr);
  if (failure) return failure.message + words;
  const early = ran ? "" : " before it answered initialize";
  // A process that was killed breaks its channel too; then the signal says it all.
  const broken = ending.broken === undefined || exit.signal !== null ? "" : ` ${ending.broken}`;
  // A program that does its work and is through has never listened to the channel.
  const through = exit.code === 0 && !ran && words === "" ? " Does its program end with plugin.start()?" : "";
  return `${howItEnded(exit)}${early}.${broken}${words}${through}`;
}

/** For a person or a caller: `exited with code 3`, `was ended by SIGKILL`. */
function howItEnded(exit: ExitInfo): string {
  if (exit.signal !== null) return `It was ended by ${exit.signal}`;
  if (exit.code === configurationExit) return `It exited with code ${exit.code} (its configuration cannot work)`;
  if (exit.code !== null) return `It exited with code ${exit.code}`;
  return "It ended";
}

function lastWords(stderr: string): string {
  const last = tellingLine(stderr.split("\n").filter((line) => line.trim() !== ""))?.trim();
  if (last === undefined) return "";
  const words = last.length > 300 ? `${last.slice(0, 300)}…` : last;
  return ` Its last words: ${words}${/[.!?…]$/.test(words) ? "" : "."}`;
}

/** The last line; where Node ends its report of an error with its version, the line that names the error. */
function tellingLine(lines: readonly string[]): string | undefined {
  if (!/^Node\.js v\d/.test(lines.at(-1) ?? "")) return lines.at(-1);
  const named = lines.findLast((line) => /^(Uncaught )?[\w.$]*(Error|Exception)\b/.test(line));
  return named ?? lines.findLast((line) => !/^(Node\.js v\d|\s|[{}]|\(Use `node )/.test(line)) ?? lines.at(-1);
}
