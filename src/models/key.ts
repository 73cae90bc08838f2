import { Failure } from "../base/failure.ts";

/**
 * A key as it can stand in a header: without the blanks that come with copying; undefined for none.
 *
 * @throws Failure `denied` for a key that no header can carry. The platform's own error would quote it.
 */
export function usableKey(key: string | undefined, label: string): string | undefined {
  const trimmed = key?.trim();
  if (!trimmed) return undefined;
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  throw new Failure("denied", `The key of ${label} contains characters that no key has.`, {
    todo: "Copy it again and run Parley: Connect a Model.",
  });
}
