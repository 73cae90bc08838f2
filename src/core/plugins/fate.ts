import type { Failure } from "../../base/failure.ts";
import { describeEnding, type Ending, judgeEnding } from "./ending.ts";
import type { InstalledPlugin } from "./installed.ts";
import type { EndingKind } from "./reconcile.ts";
import { hasEnded, hasFailed, type StopCause, sentences, whyFailed, whyStopped } from "./refusals.ts";

/** How a process ended, and what is told of it; nothing is told of one that ended before it began, and was asked to. */
export interface ToldEnding {
  readonly kind: EndingKind;
  readonly told?: { readonly type: "error" | "deactivated"; readonly reason: string | undefined };
}

/** What is said about how a plugin fares, to persons and to whoever waits for it. No secret is in any of it. */
export class Fate {
  readonly #redact: (text: string) => string;
  #lastExit: string | undefined;
  #problem: string | undefined;
  /** Why it is being stopped, for a person, where that is not plain. */
  #stopReason: string | undefined;

  constructor(redact: (text: string) => string = (text) => text) {
    this.#redact = redact;
  }

  /** How its last process ended. */
  get lastExit(): string | undefined {
    return this.#lastExit;
  }

  /** What is wrong with it, until it runs again. */
  get problem(): string | undefined {
    return this.#problem;
  }

  runs(): void {
    this.#problem = undefined;
  }

  /** It is being stopped, because it may not run any more where `ineligible` says so; answers the reason. */
  stops(plugin: InstalledPlugin, because: StopCause | undefined, ineligible: string | undefined): string | undefined {
    this.#stopReason = whyStopped(plugin, because) ?? ineligible;
    return this.#stopReason;
  }

  /** What was said is of another package of its name. */
  forget(): void {
    this.#lastExit = undefined;
    this.#problem = undefined;
  }

  ended(ending: Ending): ToldEnding {
    const kind = judgeEnding(ending);
    // Before it is cut, too: half a secret is found by nobody.
    const exit = { ...ending.exit, stderr: this.#redact(ending.exit.stderr) };
    this.#lastExit = this.#redact(describeEnding({ ...ending, exit }));
    const stopReason = this.#stopReason;
    this.#stopReason = undefined;
    if (kind === "crashed" || kind === "refused") {
      this.#problem = this.#redact(sentences(this.#lastExit, ending.failure?.todo));
      return { kind, told: { type: "error", reason: this.#problem } };
    }
    if (!ending.ran) return { kind };
    return { kind, told: { type: "deactivated", reason: kind === "finished" ? this.#lastExit : stopReason } };
  }

  /** It crashed so often that it is not started again. */
  fails(crashes: number): void {
    this.#problem = whyFailed(this.#problem ?? this.#lastExit, crashes);
  }

  /** What those are told who waited for a process that has ended. */
  endedEarly(plugin: string): Failure {
    return hasEnded(plugin, this.#problem ?? this.#lastExit);
  }

  hasFailed(plugin: string): Failure {
    return hasFailed(plugin, this.#problem);
  }
}
