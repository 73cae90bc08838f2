import type { ActivityData } from "@parley/sdk";

/** An error as it is told and handed to the agent; the line is 1-based. */
export type Problem = { line: number; message: string };

type Change = ActivityData<"editor.diagnostics">;

/** Most errors that one message names and hands on, and the longest text of one. */
const most = 20;
const longest = 500;

/**
 * The errors that an edit brought. An error that only moved to another line, or was taken away and came back, is not new.
 */
export class NewProblems {
  readonly #fresh = new Map<string, Problem>();
  /** Messages of older problems that went away. */
  readonly #gone: string[] = [];

  apply({ added, removed }: Pick<Change, "added" | "removed">): void {
    for (const { line, message } of removed) {
      if (!this.#fresh.delete(`${line} ${message}`)) this.#gone.push(message);
    }
    for (const { line, message, severity } of added) {
      const back = this.#gone.indexOf(message);
      if (back >= 0) this.#gone.splice(back, 1);
      else if (severity === "error") this.#fresh.set(`${line} ${message}`, { line, message });
    }
  }

  all(): Problem[] {
    const tidy = ({ line, message }: Problem) => ({ line, message: message.replace(/\s+/g, " ").slice(0, longest) });
    return [...this.#fresh.values()].slice(0, most).map(tidy);
  }
}

/** For example `2 new errors`. */
export function count(problems: Problem[], kind = ""): string {
  return problems.length === 1 ? `1 ${kind}error` : `${problems.length} ${kind}errors`;
}

/** One line of Markdown for each. */
export function list(problems: Problem[]): string {
  return problems.map(({ line, message }) => `- line ${line}: ${message}`).join("\n");
}
