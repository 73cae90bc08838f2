import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { InstalledPlugin } from "../../../src/core/plugins/installed.ts";
import { parleyManifest } from "../../../src/protocol/manifest.ts";
import { until } from "../../support/until.ts";
import { exists, installed, leftIn, makeRig, type Rig } from "./rig.ts";

/** Packs a wheel with one module, so that pip has something to install without a network. */
const packWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("parley_probe.py", "answer = 42\\n")
    info = "parley_probe-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: parley-probe\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "parley_probe.py,,\\n%sMETADATA,,\\n%sWHEEL,,\\n%sRECORD,,\\n" % (info, info, info))
`;

/** Builds that wheel where pip is given a source, and tries to read what is not its own while it does. */
const backend = `
import sys, zipfile
from os.path import join

def build_wheel(wheels, settings=None, metadata=None):
    try:
        open("OUTSIDE").close()
        answer = "got out"
    except OSError:
        answer = "held"
    name = "parley_probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(join(wheels, name), "w") as wheel:
        wheel.writestr("parley_probe.py", "answer = %r\\n" % answer)
        info = "parley_probe-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: parley-probe\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
`;

const program = `
import parley_probe
from parley import Plugin

plugin = Plugin()


@plugin.offer("answer")
def answer(args):
    return parley_probe.answer


plugin.start()
`;

describe("a Python plugin that needs packages", function () {
  this.timeout(120_000);
  let rig: Rig;
  afterEach(() => rig.close());

  function prepare(requirements: string, more: Partial<Parameters<typeof makeRig>[0]> = {}): string[] {
    rig = makeRig({ sdkDir: join(import.meta.dirname, "../../../dist/sdk"), ...more });
    const root = join(rig.folder, "package");
    mkdirSync(join(root, "wheels"), { recursive: true });
    execFileSync("python3", ["-c", packWheel, join(root, "wheels", "parley_probe-1.0-py3-none-any.whl")]);
    writeFileSync(join(root, "requirements.txt"), requirements);
    writeFileSync(join(root, "main.py"), program);
    const plugin: InstalledPlugin = {
      ...installed(rig, "p"),
      root,
      parley: parleyManifest.parse({
        parley: "^1",
        run: { runtime: "python", entry: "./main.py" },
        requirements: "./requirements.txt",
      }),
    };
    const said: string[] = [];
    rig.supervisor.onText(({ text }) => said.push(text));
    rig.supervisor.setInstalled([plugin]);
    return said;
  }

  it("has them in an environment of its own, also in a sandbox, and the next start takes what is there", async () => {
    const local = "--no-index\n--find-links ./wheels\nparley-probe==1.0\n";
    const said = prepare(local, { sandbox: () => ({ demand: "on", workspace: [], tools: [] }) });
    const { peer } = await rig.supervisor.ensureRunning("p");
    assert.equal(await peer.request("call", { to: { plugin: "p" }, name: "answer", args: {} }), 42);
    assert.equal(said.filter((line) => /^Parley: (installing|the Python packages)/.test(line)).length, 2);
    await rig.supervisor.restart("p");
    assert.equal(said.filter((line) => line.startsWith("Parley: installing")).length, 1);
    assert.equal(readdirSync(join(rig.folder, "data/p")).filter((name) => name.endsWith(".json")).length, 1);
  });

  it("in a sandbox gets them from an index over the network", async () => {
    const wheel = "parley_probe-1.0-py3-none-any.whl";
    const asked: string[] = [];
    const index = createServer(({ url = "" }, response) => {
      asked.push(url);
      if (url.endsWith(".whl")) response.end(readFileSync(join(rig.folder, "package/wheels", wheel)));
      else response.setHeader("content-type", "text/html").end(`<a href="/${wheel}">${wheel}</a>`);
    });
    await new Promise<void>((resolve) => index.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = index.address() as AddressInfo;
      prepare(`--index-url http://127.0.0.1:${port}/simple\nparley-probe==1.0\n`, {
        sandbox: () => ({ demand: "required", workspace: [], tools: [] }),
      });
      const { peer } = await rig.supervisor.ensureRunning("p");
      assert.equal(await peer.request("call", { to: { plugin: "p" }, name: "answer", args: {} }), 42);
      assert.ok(asked.includes(`/${wheel}`), asked.join(" "));
    } finally {
      index.closeAllConnections();
      index.close();
    }
  });

  /** A source that pip has to build, by code of its own; what pip is called by must not be found in the package first. */
  function putSource(code: string): void {
    const root = join(rig.folder, "package");
    mkdirSync(join(root, "source"));
    const project = `[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n`;
    writeFileSync(join(root, "source/pyproject.toml"), project);
    writeFileSync(join(root, "source/backend.py"), code);
    for (const name of ["venv", "pip", "ensurepip"]) writeFileSync(join(root, `${name}.py`), "raise SystemExit(9)\n");
  }

  it("in a sandbox is held while they are installed, too, where code of theirs may run", async () => {
    const said = prepare("--no-index\n./source\n", {
      sandbox: () => ({ demand: "required", workspace: [], tools: [] }),
    });
    const outside = join(rig.folder, "outside");
    writeFileSync(outside, "a secret");
    putSource(backend.replace("OUTSIDE", outside));
    const { peer } = await rig.supervisor.ensureRunning("p");
    assert.equal(
      await peer.request("call", { to: { plugin: "p" }, name: "answer", args: {} }),
      "held",
      said.join("\n"),
    );
  });

  it("leaves nothing of what installs them when it is stopped meanwhile", async () => {
    prepare("--no-index\n./source\n");
    const begun = join(rig.folder, "begun");
    const told = `open(${JSON.stringify(begun)}, "w").write(f"{os.getpid()} {tempfile.gettempdir()}")`;
    putSource(`import os, tempfile, time\n${told}\ntime.sleep(600)\n`);
    const refused = assert.rejects(rig.supervisor.ensureRunning("p"));
    const said = await until("it builds", () => readFileSync(begun, "utf8"), { timeoutMs: 60_000 });
    const [pid, temporary] = [Number(said.split(" ")[0]), said.split(" ")[1]];
    assert.ok(await exists(pid));
    assert.ok(temporary?.startsWith(rig.runs), "what is half built goes with the run");
    const stopping = performance.now();
    await rig.supervisor.stop("p");
    // What builds would go on for ten minutes.
    assert.ok(performance.now() - stopping < 10_000);
    await refused;
    assert.ok(!(await exists(pid)));
    assert.deepEqual(await leftIn(rig.runs), []);
  });

  it("is not started without them, and it is said what pip said", async () => {
    const said = prepare("--no-index\n--find-links ./wheels\nparley-nowhere==9.9\n");
    await assert.rejects(
      rig.supervisor.ensureRunning("p"),
      /packages could not be installed: ERROR: No matching distribution found for parley-nowhere==9\.9/,
    );
    assert.equal(rig.supervisor.view("p")?.process, "failed");
    assert.match(rig.supervisor.view("p")?.problem ?? "", /See pip's words in the plugin's log/);
    assert.ok(said.some((line) => /No matching distribution/.test(line)));
  });

  it("is told what may hide them where pip sees nothing in a folder that it is to take them from", async () => {
    prepare("", { sandbox: () => ({ demand: "required", workspace: [], tools: [] }) });
    const root = join(rig.folder, "package");
    const elsewhere = join(rig.folder, "elsewhere");
    renameSync(join(root, "wheels"), elsewhere);
    writeFileSync(join(root, "requirements.txt"), `--no-index\n--find-links ${elsewhere}\nparley-probe==1.0\n`);
    await assert.rejects(rig.supervisor.ensureRunning("p"), /No matching distribution found for parley-probe==1\.0/);
    assert.match(rig.supervisor.view("p")?.problem ?? "", /a sandbox hides all but the plugin's own folder/);
  });

  it("can be stopped while they are installed", async () => {
    const said = prepare("--no-index\n--find-links ./wheels\nparley-probe==1.0\n");
    const refused = assert.rejects(rig.supervisor.ensureRunning("p"));
    await until("it is being installed", () => said.length > 0);
    const begun = performance.now();
    await rig.supervisor.stop("p");
    assert.ok(performance.now() - begun < 2_000);
    await refused;
    assert.equal(rig.supervisor.view("p")?.process, "stopped");
  });
});
