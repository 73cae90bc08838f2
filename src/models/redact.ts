/** Makes a text of unknown origin fit to be shown or logged. */
export type Redact = (text: string) => string;

const longest = 300;

/**
 * Answers a function that takes the given secrets out of a text, then control characters and what is beyond 300
 * characters. Servers do repeat keys and headers in their errors.
 */
export function redactor(secrets: readonly (string | undefined)[]): Redact {
  const known = secrets
    .filter((secret) => secret !== undefined && secret.length >= 4)
    .flatMap((secret) => [secret as string, encodeURIComponent(secret as string)])
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, "•••");
    clean = clean.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
    return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
  };
}
