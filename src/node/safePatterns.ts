import { type Context, createContext, Script } from "node:vm";
import { Failure } from "../base/failure.ts";

const longestPattern = 1_000;
/** Texts up to this length are tried at once by a pattern without nested repetitions. */
const shortText = 1_000;
const longestText = 100_000;
/** What one match may take, in milliseconds. */
const timeLimitMs = 200;

/**
 * A regular expression of a schema that came from outside, which must not stop the host. One in which something repeated
 * is repeated as a whole can take exponential time, and even a plain one quadratic time on a long text: such matches run
 * with a time limit, and a text for which it is not enough does not match.
 *
 * @throws Failure `invalidParams` for what is no pattern
 */
export function safePattern(pattern: string, flags: string): { test(text: string): boolean; toString(): string } {
  if (pattern.length > longestPattern) throw refused(pattern, `it is longer than ${longestPattern} characters`);
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, flags);
  } catch (error) {
    throw refused(pattern, error instanceof Error ? error.message : String(error));
  }
  const harmless = !repeatsRepetition(pattern) && !/\\[1-9]|\\k</.test(pattern);
  return {
    // Whoever compiles schemas tells patterns apart by their text.
    toString: () => String(expression),
    test(text) {
      if (text.length > longestText) return false;
      return harmless && text.length <= shortText ? expression.test(text) : testInTime(expression, text);
    },
  };
}

const match = { script: undefined as Script | undefined, context: undefined as Context | undefined };

function testInTime(expression: RegExp, text: string): boolean {
  match.script ??= new Script("expression.test(text)");
  match.context ??= createContext({});
  Object.assign(match.context, { expression, text });
  try {
    return match.script.runInContext(match.context, { timeout: timeLimitMs }) === true;
  } catch {
    return false;
  }
}

/** Whether a group that is repeated without a small bound holds a repetition or a choice. */
function repeatsRepetition(pattern: string): boolean {
  const groups: { repeats: boolean }[] = [];
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at];
    if (sign === "\\") at++;
    else if (inClass) inClass = sign !== "]";
    else if (sign === "[") inClass = true;
    else if (sign === "(") groups.push({ repeats: false });
    else if (sign === ")") {
      const inner = groups.pop();
      const repeated = isRepetition(pattern, at + 1);
      if (inner?.repeats && repeated) return true;
      const outer = groups.at(-1);
      if (outer && (inner?.repeats || repeated)) outer.repeats = true;
    } else if (sign === "|" || isRepetition(pattern, at)) {
      const group = groups.at(-1);
      if (group && !(sign === "?" && pattern[at - 1] === "(")) group.repeats = true;
    }
  }
  return false;
}

/** Whether a quantifier stands here that allows more than a few times. */
function isRepetition(pattern: string, at: number): boolean {
  const rest = pattern.slice(at, at + 12);
  if (rest[0] === "*" || rest[0] === "+") return true;
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(rest) ?? [];
  if (least === undefined) return false;
  return (comma === "," && most === "") || Number(most || least) > 10;
}

function refused(pattern: string, why: string): Failure {
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
  return new Failure("invalidParams", `The pattern ${JSON.stringify(shown)} of the schema is not accepted: ${why}.`, {
    todo: "Correct it.",
  });
}
