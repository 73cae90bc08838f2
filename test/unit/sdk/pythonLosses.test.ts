import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const sdk = join(import.meta.dirname, "../../../src/sdk/python");
const program = `
import json
from parley.incoming import Incoming
from parley.registrar import Registrar
from parley.subscriptions import QUEUE_COUNT, LocalSubscriptions
later, told = [], []
registrar = Registrar(None, lambda run, *args: None, None)
own = LocalSubscriptions(registrar, lambda run, *args: later.append((run, args)), None)
own.add("t", lambda event: None, on_lost=told.append)
registrar.initial()
def deliver(seqs, lost=None):
    events = [{"type": "t", "source": "other", "timestamp": 5, "seq": seq} for seq in seqs]
    params = {"subscription": "initial-1", "events": events, **({"lost": lost} if lost else {})}
    own.deliver(params, Incoming(lambda method, params: 0, "deliver", 1, params))
deliver(range(1, QUEUE_COUNT + 1))
deliver([2001, 2002, 2003])
deliver([2004], {"from": 1500, "to": 1600, "count": 7})
for run, args in later:
    run(*args)
print(json.dumps(told))
`;

describe("events that find no room in a Python plugin", () => {
  it("are told exactly, from the first to the last, with what the host had dropped before them", () => {
    const env = { ...process.env, PYTHONPATH: sdk, PYTHONDONTWRITEBYTECODE: "1" };
    const told = JSON.parse(execFileSync("python3", ["-c", program], { env, encoding: "utf8" }));
    assert.deepEqual(told, [
      { from: 2001, to: 2003, count: 3 },
      { from: 1500, to: 2004, count: 8 },
    ]);
  });
});
