import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const sdk = join(import.meta.dirname, "../../../src/sdk/python");
const program = `
import json, sys
from parley.errors import PluginError
from parley.framing import encode
def told(value):
    try:
        encode({"params": {"value": value}})
        return "sent"
    except PluginError as error:
        return [error.kind, error.message, error.todo]
big = 2**53 + 1
values = [2**53, -(2**53), 1e300, 12345678901234567.0, True, str(big), {"9007199254740993": 1}, ["0" * 40, big - 2],
          big, [{"deep": [-big]}], {"in": {"a": 10**40}}, (1, big)]
print(json.dumps([told(value) for value in values]))
`;

describe("a whole number that a Python plugin sends", () => {
  it("is refused with what to do where its last digits would be lost, and nothing else is", () => {
    const env = { ...process.env, PYTHONPATH: sdk, PYTHONDONTWRITEBYTECODE: "1" };
    const told: unknown[] = JSON.parse(execFileSync("python3", ["-c", program], { env, encoding: "utf8" }));
    assert.deepEqual(told.slice(0, 8), Array(8).fill("sent"));
    for (const [at, number] of [
      "9007199254740993",
      "-9007199254740993",
      `1${"0".repeat(40)}`,
      "9007199254740993",
    ].entries()) {
      const [kind, message, todo] = told[at + 8] as string[];
      assert.deepEqual([kind, todo], ["invalidParams", "Send it as a text."]);
      assert.match(message ?? "", new RegExp(`The whole number ${number} is beyond 2\\^53`));
    }
  });
});
