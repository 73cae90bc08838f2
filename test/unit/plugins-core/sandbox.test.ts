import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { processWishes, sandboxDemand, sandboxPlan } from "../../../src/core/plugins/sandbox.ts";
import type { LaunchSpec } from "../../../src/core/ports.ts";
import type { Command, Runtimes } from "../../../src/node/command.ts";
import { PythonFinder } from "../../../src/node/python.ts";
import { PythonEnvironments } from "../../../src/node/pythonEnvironments.ts";
import { bubblewrapArgs } from "../../../src/node/sandbox/bubblewrap.ts";
import { nodePermissionArgs } from "../../../src/node/sandbox/nodePermission.ts";
import { placesOf, type Reach, reachOf } from "../../../src/node/sandbox/reach.ts";
import { Sandboxes } from "../../../src/node/sandbox/sandboxes.ts";
import { seatbeltProfile } from "../../../src/node/sandbox/seatbelt.ts";
import { type RunSpec, sandboxWish } from "../../../src/protocol/manifest.ts";
import { workspaceName } from "../../../src/protocol/workspaceName.ts";

const reach = (more: Partial<Reach> = {}): Reach => ({
  reads: ["/p/root", "/a"],
  writes: ["/p/root/data", "/a/b"],
  network: false,
  processes: false,
  ...more,
});

/** The places where each option of a kind stands. */
const valuesOf = (args: readonly string[], option: string) =>
  args.flatMap((arg, at) => (arg === option ? [args[at + 1]] : []));

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

describe("what a sandboxed process may reach", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "parley-reach-")));
    for (const name of ["root", "data", "run", "ws", "real"]) mkdirSync(join(folder, name));
    symlinkSync(join(folder, "real"), join(folder, "link"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const spec = (sandbox: RunSpec["sandbox"], workspace: string[] = []): LaunchSpec => ({
    plugin: "p",
    epoch: 1,
    root: join(folder, "root"),
    dataDir: join(folder, "data"),
    run: { runtime: "node", entry: "./main.js", sandbox },
    env: {},
    sandbox: { demand: "on", workspace, tools: [join(folder, "tool")] },
  });
  const inFolder = (...names: string[]) => names.map((name) => join(folder, name));

  it("is its own folders, what it wishes, and where links lead; what does not exist, and a whole disk, are left out", async () => {
    writeFileSync(join(folder, "tool"), "");
    const wish = {
      reads: [workspaceName, join(folder, "link"), "/nowhere/at/all", "/"],
      writes: [join(folder, "ws/out")],
    };
    mkdirSync(join(folder, "ws/out"));
    const found = await reachOf(spec(wish, inFolder("ws")), join(folder, "run"), inFolder("real"));
    assert.deepEqual([...found.reads].sort(), inFolder("link", "real", "root", "tool", "ws"));
    assert.deepEqual([...found.writes].sort(), inFolder("data", "run", "ws/out"));
    assert.deepEqual([found.network, found.processes], [false, false]);
  });

  it("names no link that is seen with the folder that it is in: nothing can be put over a link", async () => {
    symlinkSync(join(folder, "real"), join(folder, "data/python"));
    const found = await reachOf(spec(undefined), join(folder, "run"), inFolder("data/python"));
    assert.deepEqual([...found.reads].sort(), inFolder("real", "root"));
  });

  it("is the network where a debugger has to come in", async () => {
    const found = await reachOf({ ...spec(undefined), inspect: 9229 }, join(folder, "run"), []);
    assert.equal(found.network, true);
    assert.equal((await reachOf(spec(undefined), join(folder, "run"), [])).network, false);
  });

  it("is not the workspace unless it is wished", async () => {
    const found = await reachOf(spec(undefined, inFolder("ws")), join(folder, "run"), []);
    assert.ok(!found.reads.includes(join(folder, "ws")));
  });

  it("is nothing that a link in the workspace leads to outside of it", async () => {
    symlinkSync(join(folder, "real"), join(folder, "ws/out"));
    symlinkSync(join(folder, "ws"), join(folder, "opened"));
    mkdirSync(join(folder, "ws/in"));
    const wish = { reads: [`${workspaceName}/in`], writes: [`${workspaceName}/out`] };
    const found = await reachOf(spec(wish, inFolder("opened")), join(folder, "run"), []);
    assert.deepEqual(
      found.writes.filter((path) => !["data", "run"].includes(path.slice(folder.length + 1))),
      [],
    );
    assert.ok(found.reads.includes(join(folder, "ws/in")));
  });

  it("is nothing that a link leads to which the plugin could have made itself", async () => {
    const hidden = join(folder, "hidden");
    mkdirSync(hidden);
    mkdirSync(join(folder, "mine/in"), { recursive: true });
    symlinkSync(join(folder, "mine"), join(folder, "person"));
    symlinkSync(hidden, join(folder, "data/out"));
    symlinkSync("../hidden", join(folder, "mine/out"));
    symlinkSync(join(folder, "data/out"), join(folder, "over"));
    symlinkSync("in", join(folder, "mine/within"));
    const ways = inFolder("data/out", "mine/out", "person/out", "over");
    for (const way of ways) {
      const reads = await reachOf(spec({ reads: [way], writes: inFolder("person") }), join(folder, "run"), []);
      assert.deepEqual(reads.reads, inFolder("root"), way);
      const writes = await reachOf(spec({ writes: [...inFolder("person"), way] }), join(folder, "run"), []);
      assert.deepEqual([...writes.writes].sort(), inFolder("data", "mine", "person", "run"), way);
    }
    const within = await reachOf(
      spec({ reads: inFolder("mine/within"), writes: inFolder("mine") }),
      join(folder, "run"),
      [],
    );
    assert.ok(within.reads.includes(join(folder, "mine/in")));
  });

  it("wishes name the home folder and the workspace's folders", () => {
    assert.deepEqual(placesOf("~/.gitconfig", []), [join(homedir(), ".gitconfig")]);
    assert.deepEqual(placesOf(`${workspaceName}/out`, ["/a", "/b"]), ["/a/out", "/b/out"]);
    assert.deepEqual(placesOf(workspaceName, []), []);
    assert.deepEqual(placesOf("/opt/x", ["/a"]), ["/opt/x"]);
  });

  it("wishes that lead upwards, or are relative, are refused by the manifest", () => {
    for (const path of ["..", "/a/../b", `${workspaceName}/../x`, "x/y", "~", "~root/x", "./x"]) {
      assert.equal(sandboxWish.safeParse({ reads: [path] }).success, false, path);
    }
    for (const path of ["/a", "~/.x", workspaceName, `${workspaceName}/..x`, "C:\\x"]) {
      assert.equal(sandboxWish.safeParse({ reads: [path] }).success, true, path);
    }
  });

  it("the person reads each wish in a line", () => {
    const run = { runtime: "node" as const, entry: "./main.js" };
    assert.deepEqual(processWishes({ run }), []);
    const sandbox = { reads: ["~/.x"], writes: [workspaceName], network: true, processes: true };
    assert.deepEqual(processWishes({ run: { ...run, sandbox }, requirements: "./r.txt" }), [
      "read ~/.x",
      `read and write ${workspaceName}`,
      "use the network",
      "start other programs",
      "have Python packages installed (./r.txt)",
    ]);
    assert.equal(sandboxPlan("off"), undefined);
    assert.deepEqual(sandboxPlan("on", [{ path: "/w" }], "/rg"), { demand: "on", workspace: ["/w"], tools: ["/rg"] });
  });
});

it("the setting for sandboxes goes by name, and a slip of the pen shuts more and not less", () => {
  const setting = { "*": "on", free: "off", strict: "required", slip: "requierd", wrong: 1 };
  const demands = ["free", "strict", "other", "slip", "wrong"].map((name) => sandboxDemand(setting, name));
  assert.deepEqual(demands, ["off", "required", "on", "required", "off"]);
  for (const none of [{}, [], "on", null, undefined]) assert.equal(sandboxDemand(none, "p"), "off");
  assert.equal(sandboxDemand({ p: "on" }, "toString"), "off");
});

describe("choosing a sandbox", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-choice-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const runtimes: Runtimes = {
    node: process.execPath,
    electron: false,
    sdkDir: undefined,
    python: new PythonFinder(() => undefined),
    environments: new PythonEnvironments(),
  };

  /** A machine on which these programs work; every other cannot be found, or fails with a text. */
  function machine(platform: NodeJS.Platform, works: readonly string[], fails: Record<string, string> = {}) {
    const ran: string[] = [];
    const sandboxes = new Sandboxes({
      runtimes,
      platform,
      run: async (file, args) => {
        ran.push([file, ...args].join(" "));
        if (args.includes("-c"))
          return JSON.stringify(["/opt/py/bin/python3", "/opt/venv", "/opt/py", "/opt/venv", "/usr"]);
        if (works.includes(file)) return "";
        const text = fails[file];
        if (text !== undefined) throw new Error(`Command failed: ${file}\n${text}`);
        throw Object.assign(new Error("spawn ENOENT"), { code: "ENOENT" });
      },
    });
    return { sandboxes, ran };
  }

  const spec = (run: RunSpec, demand?: "on" | "required"): LaunchSpec => ({
    plugin: "p",
    epoch: 1,
    root: folder,
    dataDir: join(folder, "data"),
    run,
    env: {},
    ...(demand ? { sandbox: { demand, workspace: [], tools: [] } } : {}),
  });
  const node: RunSpec = { runtime: "node", entry: "./main.js" };
  const python: RunSpec = { runtime: "python", entry: "./main.py" };
  const command: Command = { file: process.execPath, args: ["main.js", "x"], env: { A: "1" } };
  const messageOf = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => assert.fail("it should have failed"),
      (reason: { message: string; todo?: string }) => reason,
    );
    return `${error.message} ${error.todo ?? ""}`;
  };

  it("nothing is asked for: the command stays as it is, and nothing is tried", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    const { command: same, state } = await sandboxes.shut(spec(node), command, folder);
    assert.equal(same, command);
    assert.equal(state.kind, "none");
    assert.deepEqual(ran, []);
  });

  it("Linux: bubblewrap, for every runtime; whether it works is tried once", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    for (let round = 0; round < 2; round++) {
      const { command: shut, state } = await sandboxes.shut(spec(node, "on"), command, folder);
      assert.match(shut.file, /^(?:\/.*\/)?bwrap$/);
      assert.deepEqual(shut.args.slice(-3), [process.execPath, "main.js", "x"]);
      assert.equal(shut.wrapped, true);
      assert.deepEqual(shut.env, { A: "1", TMPDIR: folder, TEMP: folder, TMP: folder });
      assert.ok(shut.args.includes(dirname(realpathSync(process.execPath))), "Node's folder is readable");
      assert.equal(state.kind, "bubblewrap");
    }
    assert.equal(ran.length, 1);
  });

  it("Linux without bubblewrap, or where the kernel forbids it: Node's permission model for Node, none for Python", async () => {
    const forbidden = { bwrap: "bwrap: setting up uid map: Permission denied" };
    const { sandboxes, ran } = machine("linux", [process.execPath], forbidden);
    const { command: shut, state } = await sandboxes.shut(spec(node, "on"), command, folder);
    assert.equal(state.kind, "node");
    assert.equal(shut.file, process.execPath);
    assert.equal(shut.args[0], "--permission");
    assert.deepEqual(shut.args.slice(-2), ["main.js", "x"]);
    const open = await sandboxes.shut(spec(python, "on"), command, folder);
    assert.equal(open.command, command);
    assert.match(open.state.text, /bubblewrap \(bwrap\) does not work: bwrap: setting up uid map: Permission denied\./);
    const refused = await messageOf(sandboxes.shut(spec(python, "required"), command, folder));
    assert.match(
      refused,
      /a sandbox is required and none works here.*uid map: Permission denied.*parley\.plugins\.sandbox/,
    );
    assert.ok(ran.filter((line) => line.startsWith("bwrap")).length >= 2, "what did not work is tried again");
  });

  it("a plugin under a debugger: not Node's permission model, which lets none in", async () => {
    const { sandboxes } = machine("win32", [process.execPath]);
    const { state } = await sandboxes.shut({ ...spec(node, "on"), inspect: 0 }, command, folder);
    assert.equal(state.kind, "none");
    assert.match(state.text, /Node's permission model lets no debugger in\./);
  });

  it("macOS: sandbox-exec, which becomes the program itself", async () => {
    const { sandboxes } = machine("darwin", ["/usr/bin/sandbox-exec"]);
    const { command: shut, state } = await sandboxes.shut(spec(node, "required"), command, folder);
    assert.equal(state.kind, "sandbox-exec");
    assert.equal(shut.file, "/usr/bin/sandbox-exec");
    assert.equal(shut.args[0], "-p");
    assert.match(shut.args[1] ?? "", /\(deny default\)/);
    assert.deepEqual(shut.args.slice(2), [process.execPath, "main.js", "x"]);
    assert.ok(!shut.wrapped);
  });

  it("Python: by where it really lies, and without what only finds it", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const py: Command = { file: "py", args: ["-3", "-u", "main.py"], env: {}, launcher: ["-3"] };
    const { command: shut } = await sandboxes.shut(spec(python, "on"), py, folder);
    assert.deepEqual(shut.args.slice(-3), ["/opt/py/bin/python3", "-u", "main.py"]);
  });

  it("Python of an environment: asked is not the interpreter, which the plugin may have replaced, but the one it was made with", async () => {
    const { sandboxes, ran } = machine("linux", ["bwrap"]);
    const py: Command = {
      file: "/data/env/bin/python",
      args: ["-u", "main.py"],
      env: {},
      launcher: [],
      base: ["py", "-3"],
    };
    const { command: shut } = await sandboxes.shut(spec(python, "on"), py, folder);
    assert.deepEqual(shut.args.slice(-3), [py.file, "-u", "main.py"]);
    assert.ok(ran.every((line) => !line.startsWith(py.file)));
    assert.match(ran.at(-1) ?? "", /^py -3 -I -c /);
  });

  it("the manifest's variables are set inside bubblewrap alone, and nothing of the host's is replaced", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const env = { PATH: "/evil", LD_PRELOAD: "/evil.so", GREETING: "a b", A: "2", PLUGIN_ROOT: "/", TMPDIR: "/evil" };
    const { command: shut } = await sandboxes.shut(spec({ ...node, env }, "on"), command, folder);
    assert.deepEqual(shut.runEnv, {});
    assert.deepEqual(valuesOf(shut.args, "--setenv"), ["PATH", "LD_PRELOAD", "GREETING"]);
    assert.deepEqual(shut.args.slice(shut.args.indexOf("GREETING")).slice(0, 2), ["GREETING", "a b"]);
  });

  it("Node's permission model: no variable of the manifest's gives it code or options", async () => {
    const { sandboxes } = machine("win32", [process.execPath]);
    const env = {
      NODE_OPTIONS: "--allow-fs-read=*",
      LD_PRELOAD: "x",
      Node_Path: "x",
      NODE_ENV: "production",
      MINE: "1",
    };
    const { command: shut } = await sandboxes.shut(spec({ ...node, env }, "on"), command, folder);
    assert.deepEqual(shut.runEnv, { NODE_ENV: "production", MINE: "1" });
  });

  it("a bare command: by where the PATH has it; what is nowhere is said", async () => {
    const { sandboxes } = machine("linux", ["bwrap"]);
    const run = (name: string): RunSpec => ({ runtime: "command", command: name });
    const { command: shut } = await sandboxes.shut(
      spec(run("node"), "on"),
      { file: "node", args: [], env: {} },
      folder,
    );
    assert.match(shut.args.at(-1) ?? "", /^\/.*\/node$/);
    const missing = sandboxes.shut(spec(run("no-such"), "on"), { file: "no-such", args: [], env: {} }, folder);
    assert.match(await messageOf(missing), /no program "no-such" on the PATH/);
  });

  it("before a start it can be said what will hold it, and what stands in the way", async () => {
    const { sandboxes } = machine("win32", []);
    assert.match((await sandboxes.stateFor(spec(node))).text, /No sandbox is in force/);
    assert.match(
      (await sandboxes.stateFor(spec(python, "on"))).text,
      /no sandbox for python plugins on this system \(win32\)/,
    );
    assert.match(
      (await sandboxes.stateFor(spec(node, "required"))).text,
      /Node's permission model does not work.*is not installed/,
    );
    const wished: RunSpec = { ...node, sandbox: { reads: [workspaceName], network: true } };
    const { text } = await machine("linux", ["bwrap"]).sandboxes.stateFor(spec(wished, "on"));
    assert.match(
      text,
      /It reads its own folder and the open folder \(none is open\), and writes its data folder\. It has the network\./,
    );
  });
});
