import assert from "node:assert/strict";
import { hostStart } from "../../../src/vscode/hostStart.ts";

describe("the start of the host", () => {
  const make = () => {
    const said: string[] = [];
    let why: string | undefined = "No disk.";
    let starts = 0;
    const start = hostStart(
      async () => {
        starts++;
        if (why !== undefined) throw new Error(why);
        return { host: starts };
      },
      { log: (_level, _message, fields) => void said.push(String(fields?.error).split("\n", 1)[0] ?? "") },
    );
    return { start, said, starts: () => starts, because: (text: string | undefined) => (why = text) };
  };

  it("that fails is said once, however often it is asked for, and again where it fails otherwise", async () => {
    const { start, said, because } = make();
    for (let time = 0; time < 3; time++) await assert.rejects(start(), /No disk/);
    assert.equal(said.length, 1);
    because("No memory.");
    await assert.rejects(start(), /No memory/);
    assert.deepEqual(said, ["Error: No disk.", "Error: No memory."]);
  });

  it("is asked for by nobody who only wants to know whether it runs", async () => {
    const { start, starts, because } = make();
    assert.equal(start.running(), undefined);
    assert.equal(starts(), 0);
    await assert.rejects(start());
    assert.equal(start.running(), undefined);
    const ready: unknown[] = [];
    start.ready((made) => ready.push(made));
    because(undefined);
    const made = await start();
    assert.equal(start.running(), made);
    assert.equal(await start(), made);
    assert.deepEqual(ready, [made]);
  });
});
