/** The newest protocol version that this build speaks; a plugin answers with the version that it will speak. */
export const protocolVersion = 1;

/** The oldest one that it still speaks. */
export const oldestProtocolVersion = 1;

/** Whether this build speaks a version. */
export function speaksVersion(version: number): boolean {
  return Number.isInteger(version) && version >= oldestProtocolVersion && version <= protocolVersion;
}

/**
 * The version that two sides speak which both know all versions up to their newest: the smaller one; undefined where that is
 * too old for this build.
 */
export function commonVersion(newestOfOther: number): number | undefined {
  const version = Math.min(newestOfOther, protocolVersion);
  return speaksVersion(version) ? version : undefined;
}

/** What a manifest may say of versions: `1`, `^1`, `>=1`, `1 - 3`, and several of them with `||`. */
export const versionRange = /^(?:\^|>=|<=)?\d{1,4}(?: - \d{1,4})?(?: \|\| (?:\^|>=|<=)?\d{1,4}(?: - \d{1,4})?)*$/;

/** Whether a manifest's range names a version that this build speaks. Versions have one number, so `^1` is 1 alone. */
export function acceptsVersion(range: string): boolean {
  return range.split(" || ").some((part) => {
    const [first = "", last] = part.split(" - ");
    const least = Number(first.replace(/^\D+/, ""));
    if (last !== undefined) return least <= protocolVersion && Number(last) >= oldestProtocolVersion;
    if (first.startsWith(">=")) return least <= protocolVersion;
    if (first.startsWith("<=")) return least >= oldestProtocolVersion;
    return speaksVersion(least);
  });
}
