"""Drives the pattern of tasks in both languages with the Python SDK's host for tests, and prints what it saw."""

import json
import sys
import time

from parley.testing import TestHost

folder, node = sys.argv[1:]
with TestHost(folder, node=node) as host:
    done = host.call("begin", {"cranes": 2})
    while host.call("look", {"id": done})["status"] == "running":
        time.sleep(0.01)
    endless = host.call("begin", {"cranes": 5_000})
    stopping = host.call("stop", {"id": endless})
    while host.call("look", {"id": endless})["status"] == "running":
        time.sleep(0.01)
    rows = [[row["title"], row["status"], row.get("result")] for row in host.call("list")]
    print(json.dumps({"stopping": stopping, "rows": rows, "offers": host.offers}))
