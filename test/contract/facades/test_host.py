"""Drives a plugin with the Python SDK's host for tests, and prints what it saw: work in the background, or what is declared."""

import json
import sys
import time

from parley.testing import TestHost

what, folder, node = sys.argv[1:]


def ended(host, task):
    while host.call("look", {"id": task})["status"] == "running":
        time.sleep(0.01)


with TestHost(folder, node=node) as host:
    if what == "tasks":
        ended(host, host.call("begin", {"cranes": 2}))
        endless = host.call("begin", {"cranes": 5_000})
        stopping = host.call("stop", {"id": endless})
        ended(host, endless)
        rows = [[row["title"], row["status"], row.get("result")] for row in host.call("list")]
        print(json.dumps({"stopping": stopping, "rows": rows, "offers": host.offers}))
    else:
        while len(host.offers) < 9:
            time.sleep(0.01)
        print(json.dumps({"offers": host.offers, **host.call("listed")}))
