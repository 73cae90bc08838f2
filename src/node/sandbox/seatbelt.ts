import type { Reach } from "./reach.ts";

/** What programs need of macOS before they can start. */
const systemFolders = [
  ...[
    "/usr",
    "/bin",
    "/sbin",
    "/System",
    "/Library/Frameworks",
    "/Library/Apple",
    "/Library/Developer/CommandLineTools",
  ],
  ...["/private/etc/ssl", "/private/var/db/timezone", "/private/var/db/dyld", "/opt/homebrew", "/dev"],
];

const networkFiles = ["/private/etc/resolv.conf", "/private/etc/hosts", "/private/var/run"];

/** The arguments of `sandbox-exec` for one program; it becomes that program, so that its process id and group stay. */
export function seatbeltArgs(program: readonly string[], reach: Reach): string[] {
  return ["-p", seatbeltProfile(reach), ...program];
}

/** A profile that denies what it does not name. That a path exists may be seen anywhere, what is in it may not. */
export function seatbeltProfile({ reads, writes, network }: Reach): string {
  const readable = [...systemFolders, ...(network ? networkFiles : []), ...reads, ...writes];
  const folders = (paths: readonly string[]) => paths.map((path) => `  (subpath ${quoted(path)})`).join("\n");
  return [
    "(version 1)",
    "(deny default)",
    '(import "system.sb")',
    "(allow process-exec process-fork signal sysctl-read mach-lookup ipc-posix-shm)",
    "(allow file-read-metadata)",
    '(allow file-read-data (literal "/"))',
    `(allow file-read*\n${folders(readable)})`,
    `(allow file-write*\n  (literal "/dev/null")\n${folders(writes)})`,
    ...(network ? ["(allow network*)"] : []),
  ].join("\n");
}

/** A text of the profile's language. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
