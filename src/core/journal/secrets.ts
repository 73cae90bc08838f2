import { isJsonObject } from "../../base/json.ts";

/** Names of fields that hold what nobody else should read. */
const secretName =
  /(?:^|[_-]|[a-z](?=[A-Z]))(?:pass(?:word|wd|phrase)?|secret|token|credentials?|api[_-]?key|private[_-]?key|access[_-]?key|authorization|cookie|bearer)s?$/i;
/** Texts that give themselves away: keys of known services, tokens, private keys, passwords in addresses and headers. */
const secretTexts: readonly RegExp[] = [
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\b(?:Bearer|Basic)\s+)[A-Za-z0-9+/._~=-]{8,}/gi,
  /(?<=\/\/[^\s/:@]{0,256}:)[^\s/@]+(?=@)/g,
  /(?<=\b(?:password|passwd|secret|token|api[_-]?key)\s*[=:]\s*["']?)[^\s"',;&}]{4,}/gi,
];
const removed = "•••";
const deepest = 32;

/** Takes what looks like a secret out of a text. */
export function withoutSecretTexts(text: string): string {
  return secretTexts.reduce((clean, pattern) => clean.replace(pattern, removed), text);
}

/**
 * A copy of a JSON value in which fields with a secret's name, and texts that look like secrets, are replaced by `•••`. What has
 * neither is returned as it is. Cannot know every secret: it is the last guard and not the first.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return value.length < 8 ? value : withoutSecretTexts(value);
  if (depth >= deepest) return typeof value === "object" && value !== null ? removed : value;
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, depth + 1));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      key,
      secretName.test(key) && own !== null && typeof own !== "number" && typeof own !== "boolean"
        ? removed
        : withoutSecrets(own, depth + 1),
    ]),
  );
}

/** So much of a text among params is kept, in characters, and so many of a list's members. */
const keptText = 1_000;
const keptMembers = 50;

/** Params as the record of a request shows them: without secrets, long texts and lists cut. */
export function shownParams(params: Record<string, unknown>): Record<string, unknown> {
  const { _meta, ...rest } = params;
  const cut = (value: unknown, depth: number): unknown => {
    if (typeof value === "string" && value.length > keptText)
      return `${value.slice(0, keptText)}… (${value.length} characters)`;
    if (depth > 6) return typeof value === "object" && value !== null ? "…" : value;
    if (Array.isArray(value)) return value.slice(0, keptMembers).map((one) => cut(one, depth + 1));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, keptMembers)
        .map(([key, own]) => [key, cut(own, depth + 1)]),
    );
  };
  return withoutSecrets(cut(rest, 0)) as Record<string, unknown>;
}
