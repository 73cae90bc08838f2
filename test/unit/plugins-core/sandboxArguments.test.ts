import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bubblewrapArgs } from "../../../src/node/sandbox/bubblewrap.ts";
import { nodePermissionArgs } from "../../../src/node/sandbox/nodePermission.ts";
import type { Reach } from "../../../src/node/sandbox/reach.ts";
import { seatbeltProfile } from "../../../src/node/sandbox/seatbelt.ts";
import { valuesOf } from "./argumentValues.ts";

const reach = (more: Partial<Reach> = {}): Reach => ({
  reads: ["/p/root", "/a"],
  writes: ["/p/root/data", "/a/b"],
  network: false,
  processes: false,
  ...more,
});

describe("the arguments of a sandbox", () => {
  it("bubblewrap: folders above come first, so that those below keep what they are given", () => {
    const args = bubblewrapArgs(["/x/node", "main.js"], "/p/root", reach());
    const own = args.filter((_, at) => args[at - 1] === "--ro-bind" || args[at - 1] === "--bind");
    assert.deepEqual(own, ["/a", "/a/b", "/p/root", "/p/root/data"]);
    assert.deepEqual(valuesOf(args, "--bind"), ["/a/b", "/p/root/data"]);
    assert.deepEqual(args.slice(args.indexOf("--chdir")), ["--chdir", "/p/root", "--", "/x/node", "main.js"]);
    for (const option of ["--die-with-parent", "--unshare-pid", "--unshare-net"]) assert.ok(args.includes(option));
    assert.ok(!args.includes("--new-session"), "its group is how it is ended");
    assert.ok(args.indexOf("--tmpfs") < args.indexOf("--ro-bind"), "a package below /tmp is not covered");
    const kernel = args.findIndex((arg, at) => arg === "--ro-bind-try" && args[at + 1] === "/proc/sys");
    assert.equal(args[kernel + 2], "/proc/sys");
    assert.ok(kernel > args.indexOf("--proc"), "what sets the kernel is put over what is new");
    assert.ok(args.indexOf("--remount-ro") > args.lastIndexOf("--bind"), "folders can be made until then");
  });

  it("bubblewrap: with the network come the files to find other machines", () => {
    const args = bubblewrapArgs(["x"], "/", reach({ network: true }));
    assert.ok(!args.includes("--unshare-net"));
    assert.ok(valuesOf(args, "--ro-bind-try").includes("/etc/resolv.conf"));
    assert.ok(!valuesOf(bubblewrapArgs(["x"], "/", reach()), "--ro-bind-try").includes("/etc/resolv.conf"));
  });

  it("sandbox-exec: a profile that denies what it does not name, with paths that cannot end a text", () => {
    const profile = seatbeltProfile(reach({ reads: ['/p/"a\\b'] }));
    assert.match(profile, /^\(version 1\)\n\(deny default\)/);
    assert.ok(profile.includes('(subpath "/p/\\"a\\\\b")'));
    const writes = profile.slice(profile.indexOf("(allow file-write*"));
    assert.ok(writes.includes('(subpath "/a/b")') && !writes.includes('"/p/'.concat('\\"a')));
    assert.ok(!profile.includes("(allow network*)"));
    assert.ok(seatbeltProfile(reach({ network: true })).endsWith("(allow network*)"));
  });

  it("sandbox-exec: allows nothing besides what is known here, and to read and write only what is named", () => {
    const heads = (profile: string) => profile.split("\n").flatMap((line) => /^\(.*/.exec(line)?.[0] ?? []);
    const section = (profile: string, what: string) =>
      [...(profile.split(`(allow ${what}\n`)[1]?.split("\n(")[0] ?? "").matchAll(/\((\w+) "(.*)"\)/g)].map(
        ([, kind, path]) => `${kind} ${path}`,
      );
    const shut = seatbeltProfile(reach());
    assert.deepEqual(heads(shut), [
      "(version 1)",
      "(deny default)",
      '(import "system.sb")',
      "(allow process-exec process-fork signal sysctl-read mach-lookup ipc-posix-shm)",
      "(allow file-read-metadata)",
      '(allow file-read-data (literal "/"))',
      "(allow file-read*",
      "(allow file-write*",
    ]);
    const readable = section(shut, "file-read*");
    const own = ["/p/root", "/a", "/p/root/data", "/a/b"].map((path) => `subpath ${path}`);
    assert.deepEqual(readable.slice(-4), own, "what may be written may be read");
    for (const place of readable.slice(0, -4))
      assert.match(
        place,
        /^subpath \/(usr|bin|sbin|System|Library\/|private\/etc\/ssl|private\/var\/db\/|opt\/homebrew|dev)/,
      );
    assert.deepEqual(section(shut, "file-write*"), ["literal /dev/null", "subpath /p/root/data", "subpath /a/b"]);
    const connected = seatbeltProfile(reach({ network: true }));
    assert.deepEqual(heads(connected), [...heads(shut), "(allow network*)"]);
    const added = section(connected, "file-read*").filter((place) => !readable.includes(place));
    assert.deepEqual(
      added,
      ["/private/etc/resolv.conf", "/private/etc/hosts", "/private/var/run"].map((path) => `subpath ${path}`),
    );
  });

  it("Node: a path that it would take for a pattern is not given, for what else it stands for", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-star-")));
    try {
      for (const name of ["x*", "xyz"]) mkdirSync(join(folder, name));
      const args = nodePermissionArgs(reach({ reads: [join(folder, "x*")], writes: [] }));
      const look = `process.exit(process.permission.has("fs.read", ${JSON.stringify(join(folder, "xyz"))}) ? 1 : 0)`;
      execFileSync(process.execPath, [...args, "-e", look], { stdio: "pipe" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("Node: other programs, threads and add-ons only where they are wished", () => {
    assert.deepEqual(nodePermissionArgs(reach({ reads: ["/r"], writes: ["/w"] })), [
      "--permission",
      "--allow-fs-read=/r",
      "--allow-fs-read=/w",
      "--allow-fs-write=/w",
    ]);
    const free = nodePermissionArgs(reach({ processes: true }));
    assert.deepEqual(free.slice(-4), ["--allow-child-process", "--allow-worker", "--allow-addons", "--allow-wasi"]);
  });
});
