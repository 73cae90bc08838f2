import assert from "node:assert/strict";
import { FileChanges } from "../../../src/vscode/fileChanges.ts";

describe("changed files of the workspace", () => {
  it("are told once, by what became of each in the end", () => {
    const changes = new FileChanges();
    assert.equal(changes.take(), undefined);
    changes.add("new.ts", "created");
    changes.add("new.ts", "changed");
    changes.add("brief.ts", "created");
    changes.add("brief.ts", "deleted");
    changes.add("old.ts", "deleted");
    changes.add("old.ts", "created");
    changes.add("gone.ts", "changed");
    changes.add("gone.ts", "deleted");
    assert.deepEqual(changes.take(), { created: ["new.ts"], changed: ["old.ts"], deleted: ["gone.ts"] });
    assert.equal(changes.take(), undefined, "and not again");
  });

  it("are listed up to a hundred, and the rest counted", () => {
    const changes = new FileChanges();
    for (let number = 0; number < 6_000; number++) changes.add(`${number}`, "changed");
    const told = changes.take();
    assert.deepEqual([told?.changed.length, told?.more], [100, 5_900]);
  });
});
