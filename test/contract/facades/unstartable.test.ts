/** A program that is not there, as authors meet it in their tests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "../../../src/base/failure.ts";
import { startTestHost } from "../../../src/sdk/testing.ts";
import { manifestText } from "../../support/realHost.ts";

const python = `
import json, sys
from parley.errors import PluginError
from parley.testing import TestHost
try:
    TestHost(sys.argv[1]).__enter__()
except PluginError as error:
    print(json.dumps([error.kind, error.message, error.todo]))
`;

describe("a test host whose plugin cannot be started", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-unstartable-"));
    writeFileSync(
      join(folder, "plugin.json"),
      manifestText("ghost", { run: { runtime: "command", command: "./no-such" } }),
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const told = ([kind, message, todo]: readonly (string | undefined)[]) => {
    assert.equal(kind, "unavailable");
    assert.match(message ?? "", /^ghost cannot be started: .*no-such.*\.$/);
    assert.match(todo ?? "", /Correct `run` in its plugin\.json/);
  };

  it("says so in TypeScript", async () => {
    const error = await startTestHost(folder).then(
      () => assert.fail("it started"),
      (failure: Failure) => failure,
    );
    told([error.kind, error.message, error.todo]);
  });

  it("says so in Python", () => {
    const env = {
      ...process.env,
      PYTHONPATH: join(import.meta.dirname, "../../../src/sdk/python"),
      PYTHONDONTWRITEBYTECODE: "1",
    };
    told(JSON.parse(execFileSync("python3", ["-c", python, folder], { env, encoding: "utf8" })));
  });
});
