import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LaunchSpec } from "../../../src/core/ports.ts";
import { PythonEnvironments, type RunToEnd } from "../../../src/node/pythonEnvironments.ts";
import { failureOf } from "../../support/failures.ts";

describe("an environment for a Python plugin's packages", () => {
  let folder: string;
  let spec: LaunchSpec;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-environments-"));
    const root = join(folder, "root");
    mkdirSync(root);
    writeFileSync(join(root, "requirements.txt"), "something==1.0\n");
    const run = { runtime: "python" as const, entry: "./main.py" };
    spec = { plugin: "p", epoch: 1, root, dataDir: join(folder, "data"), run, env: {} };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Programs that end as told, and make the folder that `venv` would make. */
  function rig(outcomes: Partial<Record<"venv" | "pip", { code: number | null; output: string }>> = {}) {
    const ran: string[] = [];
    const said: string[] = [];
    const abort = new AbortController();
    const run: RunToEnd = async ({ file, args }) => {
      ran.push([file, ...args].join(" "));
      const what = args.includes("venv") ? "venv" : "pip";
      if (what === "venv") mkdirSync(String(args.at(-1)), { recursive: true });
      return outcomes[what] ?? { code: 0, output: "" };
    };
    const environments = new PythonEnvironments(run);
    const python = { command: "python3", args: [], version: "3.11.7" };
    const get = (more: { requirements?: string; version?: string } = {}) =>
      environments.interpreter(
        spec,
        more.requirements ?? "./requirements.txt",
        { ...python, version: more.version ?? python.version },
        { signal: abort.signal, say: (line) => void said.push(line), hold: async (command) => command },
      );
    return { get, ran, said, abort };
  }

  it("is made once for a content and a version, without a shell and below the data folder", async () => {
    const { get, ran, said } = rig();
    const first = await get();
    assert.ok(first.command.startsWith(join(folder, "data", "python-")));
    assert.match(ran[0] ?? "", /^python3 -I -X utf8 -m venv .*\/data\/python-[0-9a-f]{16}-[0-9a-f]{8}$/);
    assert.match(
      ran[1] ?? "",
      / -I -X utf8 -m pip install --disable-pip-version-check --no-input -r .*requirements\.txt$/,
    );
    assert.deepEqual(said, [
      "Parley: installing the Python packages of ./requirements.txt…",
      "Parley: the Python packages are installed.",
    ]);
    assert.deepEqual(await get(), first);
    assert.equal(ran.length, 2);
    await get({ version: "3.12.0" });
    assert.equal(ran.length, 4);
    writeFileSync(join(spec.root, "requirements.txt"), "something==2.0\n");
    assert.notDeepEqual(await get(), first);
    assert.equal(ran.length, 6);
  });

  it("that cannot be made says what is missing, and leaves nothing behind", async () => {
    const output = "The virtual environment was not created successfully because ensurepip is not\navailable.";
    const { get } = rig({ venv: { code: 1, output } });
    const failure = await failureOf(get());
    assert.match(failure.message, /^Its Python environment could not be made: .*ensurepip is not/);
    assert.match(failure.todo ?? "", /python3-venv/);
    assert.deepEqual(readdirSync(spec.dataDir), []);
  });

  it("whose packages cannot be had says pip's words, puts them into the log, and is made anew the next time", async () => {
    const output = "Looking in links\n\u001b[31mERROR: No matching distribution found for something==1.0\u001b[0m\n";
    const { get, said, ran } = rig({ pip: { code: 1, output } });
    const failure = await failureOf(get());
    assert.match(
      failure.message,
      /could not be installed: ERROR: No matching distribution found for something==1\.0\.$/,
    );
    assert.match(failure.todo ?? "", /log.*restart/);
    assert.ok(said.includes("Looking in links"));
    assert.deepEqual(readdirSync(spec.dataDir), []);
    await failureOf(get());
    assert.equal(ran.length, 4);
  });

  it("is given up when the plugin is stopped meanwhile", async () => {
    const { get, abort } = rig({ pip: { code: null, output: "aborted" } });
    abort.abort();
    assert.equal((await failureOf(get())).kind, "cancelled");
  });

  it("is not made from a file outside the package, or from one that is not there", async () => {
    writeFileSync(join(folder, "other.txt"), "");
    const { get, ran } = rig();
    assert.equal((await failureOf(get({ requirements: "./../other.txt" }))).kind, "denied");
    assert.equal((await failureOf(get({ requirements: "./none.txt" }))).kind, "notFound");
    assert.deepEqual(ran, []);
  });
});
