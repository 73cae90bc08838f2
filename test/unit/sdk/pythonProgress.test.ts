import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const sdk = join(import.meta.dirname, "../../../src/sdk/python");

/** A thread reports while the answer waits for what was held back to leave; says what came after the answer. */
const program = `
import json, threading, time
from parley import incoming as module

module.PROGRESS_EVERY_SECONDS = 60
sent, leaving, may_leave = [], threading.Event(), threading.Event()
def notify(method, params):
    sent.append(params["value"]["message"])
    if len(sent) == 2:
        leaving.set()
        may_leave.wait()
    return 1

incoming = module.Incoming(notify, "call", 1, {"_meta": {"progressToken": 1}})
incoming.progress({"message": "first"})
incoming.progress({"message": "held back"})
answering = threading.Thread(target=incoming.finish)
answering.start()
leaving.wait()
reporting = threading.Thread(target=incoming.progress, args=({"message": "late"},))
reporting.start()
time.sleep(0.05)
may_leave.set()
answering.join()
reporting.join()
incoming.flush()
print(json.dumps(sent))
`;

describe("what a thread of a Python plugin reports while its call is answered", () => {
  it("never comes after the answer", () => {
    const env = { ...process.env, PYTHONPATH: sdk, PYTHONDONTWRITEBYTECODE: "1" };
    assert.deepEqual(JSON.parse(execFileSync("python3", ["-c", program], { env, encoding: "utf8" })), [
      "first",
      "held back",
    ]);
  });
});
