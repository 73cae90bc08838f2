import assert from "node:assert/strict";
import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../../support/failures.ts";
import { goOffer, manifestText, putPackage } from "../../support/realHost.ts";
import { assertWorks, call, errorsOf, hosts } from "./rig.ts";

const run = { runtime: "node", entry: "./plugin.mjs", args: ["none"] };
const whole = (more: object, top: object = {}) => manifestText("bad", { run, offers: [goOffer], ...more }, { ...top });

describe("a package that is not as it should be", () => {
  const { open, stopAll } = hosts();
  afterEach(stopAll);

  const rejected: [string, (folder: string) => void, RegExp][] = [
    [
      "whose manifest is not JSON",
      (folder) =>
        void putPackage(folder, "bad", { text: whole({}).replace('"version": "1.0.0",', '"version": "1.0.0"') }),
      /plugin\.json is not JSON \(line \d+, column \d+: .*(comma|missing)/,
    ],
    [
      "with a field of the wrong type",
      (folder) => void putPackage(folder, "bad", { text: whole({ offers: "none" }) }),
      /"extensions\["dev\.parley"\]\.offers" must be a list/,
    ],
    [
      "with an unknown field in Parley's part",
      (folder) => void putPackage(folder, "bad", { text: whole({ ofers: [] }) }),
      /"extensions\["dev\.parley"\]" has the unknown field "ofers"/,
    ],
    [
      "whose entry climbs out of its root",
      (folder) => void putPackage(folder, "bad", { text: whole({ run: { ...run, entry: "./../good/plugin.mjs" } }) }),
      /entry" must start with \.\/ and stay inside the package/,
    ],
    [
      "whose entry is a symbolic link that leads out of its root",
      (folder) => {
        const root = putPackage(folder, "bad", { text: whole({}) });
        renameSync(join(root, "plugin.mjs"), join(folder, "outside.mjs"));
        symlinkSync(join(folder, "outside.mjs"), join(root, "plugin.mjs"));
      },
      /"\.\/plugin\.mjs" leads out of the plugin's folder/,
    ],
    [
      "whose entry is not there",
      (folder) => void putPackage(folder, "bad", { text: whole({ run: { ...run, entry: "./nowhere.mjs" } }) }),
      /"\.\/nowhere\.mjs" does not exist/,
    ],
  ];

  for (const [what, prepare, expected] of rejected) {
    it(`${what}, is listed with one clear problem, refused when called, and harms no other`, async () => {
      const real = await open({
        packages: (folder) => {
          putPackage(folder, "good");
          prepare(folder);
        },
      });
      const view = real.host.supervisor.view("bad");
      assert.equal(view?.eligibility.ok, false);
      assert.match(view?.problem ?? "", /^Plugin "bad" cannot be used: /);
      assert.match(view?.problem ?? "", expected);
      assert.match(view?.problem ?? "", /Correct its plugin\.json\.$/);
      const failure = await failureOf(call(real, "bad"));
      assert.equal(failure.kind, "unavailable");
      assert.equal(`${failure.message} ${failure.todo}`, view?.problem, "whoever calls it is told the same");
      assert.equal(real.host.supervisor.view("bad")?.epoch, 0, "nothing of it ran");
      assert.deepEqual(errorsOf(real, "bad"), [], "the plugin list says it; the activity does not say it again");
      await assertWorks(real);
    });
  }

  it("with an unknown field beside what the standard knows, works, and its author is told once", async () => {
    const real = await open({
      packages: (folder) => void putPackage(folder, "bad", { text: whole({}, { colour: "red" }) }),
    });
    const view = real.host.supervisor.view("bad");
    assert.deepEqual(view?.warnings, ['plugin.json: the unknown field "colour" is ignored.']);
    assert.equal(view?.problem, undefined);
    await assertWorks(real, "bad");
  });

  it("with a schema that cannot be compiled, fails at the call that needs it and says whose fault it is", async () => {
    const offers = [{ ...goOffer, input: { type: "object", properties: { at: { type: "nonsense" } } } }];
    const real = await open({
      packages: (folder) => {
        putPackage(folder, "good");
        putPackage(folder, "bad", { parley: { offers } });
      },
    });
    const failure = await failureOf(call(real, "bad"));
    assert.match(failure.message, /input schema of bad\/go is not a JSON Schema that can be used/);
    assert.match(failure.todo ?? "", /author/);
    await assertWorks(real);
  });

  it("in a folder with strangers beside it, is found; a file and an empty folder are no packages", async () => {
    const real = await open({
      packages: (folder) => {
        putPackage(folder, "good");
        writeFileSync(join(folder, "README.md"), "no package");
      },
    });
    assert.deepEqual(
      real.host.supervisor.list().map(({ name }) => name),
      ["good"],
    );
    await assertWorks(real);
  });
});
