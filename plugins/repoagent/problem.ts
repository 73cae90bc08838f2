/** What kind of failure it is, in the words of the channel's error codes. */
export type ProblemKind =
  | "invalidParams"
  | "notFound"
  | "denied"
  | "tooLarge"
  | "conflict"
  | "unavailable"
  | "cancelled";

/**
 * Something that the caller can understand and act on. The message says what happened, why, and what to do; it names
 * paths as the caller wrote them, never a path of the machine outside the workspace.
 */
export class Problem extends Error {
  readonly kind: ProblemKind;

  constructor(kind: ProblemKind, message: string) {
    super(message);
    this.name = "Problem";
    this.kind = kind;
  }
}

/** The `code` of a system error, such as `ENOENT`, or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Turns a system error about a file into a problem; a problem stays what it is. `what` reads like "read src/a.ts". */
export function fileProblem(error: unknown, what: string): Problem {
  if (error instanceof Problem) return error;
  switch (systemCode(error)) {
    case "ENOENT":
      return new Problem("notFound", `Cannot ${what}: there is no such file or folder.`);
    case "EACCES":
    case "EPERM":
      return new Problem("denied", `Cannot ${what}: the operating system does not permit it. Check the file's rights.`);
    case "EISDIR":
      return new Problem("invalidParams", `Cannot ${what}: it is a folder. Name a file.`);
    case "ENOTDIR":
      return new Problem("invalidParams", `Cannot ${what}: a part of the path is a file, not a folder.`);
    case "ENOSPC":
    case "EDQUOT":
      return new Problem(
        "unavailable",
        `Cannot ${what}: the disk is full. Nothing was changed; make room and try again.`,
      );
    case "EFBIG":
      return new Problem(
        "tooLarge",
        `Cannot ${what}: the file would be larger than the system permits. Nothing was changed.`,
      );
    case "EROFS":
      return new Problem("denied", `Cannot ${what}: the file system is read-only.`);
    case "EMFILE":
    case "ENFILE":
      return new Problem("unavailable", `Cannot ${what}: too many files are open. Try again in a moment.`);
    case "ENAMETOOLONG":
      return new Problem("invalidParams", `Cannot ${what}: the name is too long.`);
    default:
      return new Problem("unavailable", `Cannot ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
