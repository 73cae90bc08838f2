import type { Reach } from "./reach.ts";

/** What programs need of a Linux system before they can start; what a system does not have is left out. */
const systemFolders = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/run/current-system/sw"],
  ...["/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"],
  ...["/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/nsswitch.conf"],
];

/** Needed to find and name other machines; given with the network. */
const networkFiles = ["/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/run/systemd/resolve"];

/** What of `/proc` sets the kernel itself. It is its owner's to write, and who is root outside is its owner inside too. */
const kernelSettings = ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi"].map((name) => `/proc/${name}`);

/**
 * The arguments of `bwrap` for one program: a file system with nothing but the system's programs, what the process may reach,
 * and a `/tmp` of its own; process ids of its own, so that nothing that it starts can outlive it; no capabilities.
 *
 * There is no `--new-session`: the process must stay in the group that its plugin leads, where signals are sent. It has no
 * terminal that a session would have to be taken from.
 *
 * @param env variables that only what is inside may see: `bwrap` itself is held by nothing
 */
export function bubblewrapArgs(
  program: readonly string[],
  folder: string,
  reach: Reach,
  env: Readonly<Record<string, string>> = {},
): string[] {
  return [
    ...["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"],
    ...["--unshare-cgroup-try", "--unshare-user-try", "--cap-drop", "ALL"],
    ...(reach.network ? [] : ["--unshare-net"]),
    ...["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"],
    ...[...kernelSettings, ...systemFolders, ...(reach.network ? networkFiles : [])].flatMap((path) => [
      "--ro-bind-try",
      path,
      path,
    ]),
    ...mounts(reach),
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    // The folders that lead to what is given are made in memory: what would be written there would be lost without a word.
    ...["--remount-ro", "/", "--chdir", folder, "--", ...program],
  ];
}

/** Folders above come before those below them, so that a folder below keeps what it is given. */
function mounts({ reads, writes }: Reach): string[] {
  const all = [
    ...reads.map((path) => ({ path, option: "--ro-bind" })),
    ...writes.map((path) => ({ path, option: "--bind" })),
  ];
  all.sort((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  return all.flatMap(({ path, option }) => [option, path, path]);
}
