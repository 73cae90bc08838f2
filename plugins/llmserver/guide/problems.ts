import type { Request } from "./conversation.ts";
import { tokenise } from "./tokenise.ts";

/**
 * A plugin's request to repair something, in the words of a person: "Fix 2 errors in a.ts: - line 4: …" becomes `fix "a.ts"`, and what
 * it says of the place and the problems goes beside it, for the recipe. Any other request stays as it is.
 */
export function withProblems(request: Request): Request {
  const place = placeOf(request.text);
  if (place === undefined) return request;
  const problems = [...request.text.matchAll(/^\s*[-*] (.+)$/gm)].map((match) => (match[1] as string).trim());
  const line = place.line ?? lineOf(request.text);
  const known = { problems, ...(line === undefined ? {} : { file_line: line }) };
  return { ...request, text: `fix "${place.path}"`, known };
}

function placeOf(text: string): { path: string; line?: number } | undefined {
  if (!/^\s*(?:fix|repair|look)\b/i.test(text)) return undefined;
  // The way in which problems are counted lets paths have spaces and commas.
  const counted =
    /^\s*\w+ \d+ (?:new )?(?:errors?|problems?|warnings?) in (.+?)(?:, and nothing else)?:?[ \t]*$/im.exec(text);
  const path = counted?.[1];
  if (path !== undefined && !path.includes('"') && !/:\d+$/.test(path)) return { path };
  const token = tokenise(text).find((item) => item.kind === "path");
  return token && { path: token.value, ...(token.line === undefined ? {} : { line: token.line }) };
}

function lineOf(text: string): number | undefined {
  const found = /\bline (\d+)/i.exec(text);
  return found === null ? undefined : Number(found[1]);
}
