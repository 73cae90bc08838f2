import assert from "node:assert/strict";
import { queryDatabaseParams } from "../../../src/protocol/plugin/database.ts";
import { check } from "../../../src/rpc/schema.ts";

describe("the values of a statement", () => {
  const flaws = (params: unknown) => {
    const checked = check(queryDatabaseParams, { statements: [{ sql: "SELECT ?", params }] });
    return checked.ok ? undefined : checked.flaws;
  };

  it("are text only where they are whole characters, by place and by name: any other would come back as another", () => {
    for (const whole of ["", "é", "😀", "a\u0000b", "\ufffd"])
      assert.deepEqual([flaws([whole]), flaws({ a: whole })], [undefined, undefined]);
    for (const half of ["\ud800", "a\udc00", "\udc00\ud800"]) {
      assert.match(flaws([half]) ?? "", /params\.0: .*half characters/);
      assert.match(flaws({ a: half }) ?? "", /params\.a: .*half characters/);
    }
  });
});
