"""Drives a plugin with the Python SDK's host for tests, and prints what it saw: work in the background, calls to others, messages, or what is declared."""

import json
import sys
import threading
import time

from parley.errors import PluginError
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
    elif what == "others":
        asked = []

        def play(params):
            asked.append({"to": params["to"], "name": params["name"]})
            return "from others"

        host.answer("call", play)
        ended(host, host.call("begin", {"cranes": 1}))
        before = list(asked)
        print(json.dumps({"before": before, "order": host.call("order", {"cranes": 1}), "asked": asked}))
    elif what == "message":
        answers = []
        asking = threading.Thread(target=lambda: answers.append(host.call("ask", {"numbers": [1, 2]})))
        asking.start()
        while not host.published:
            time.sleep(0.01)
        sent = host.published[0]
        reply = {"requestId": sent["data"]["requestId"], "reply": {"sum": 3}}
        refused = None
        try:
            host.call("inbox.reply", reply)
        except PluginError as error:
            refused = error.kind
        host.call("inbox.reply", reply, caller=f"plugin:{sent['to']}")
        asking.join(10)
        print(json.dumps({"refused": refused, "answer": answers[0]}))
    elif what == "around":
        subject = {"plugin": "other", "name": "do", "action": "read", "args": {}}
        before = host.intercept("call", subject, invocation="one")
        after = host.intercept("call", {**subject, "result": 4}, "after", invocation="one")
        print(json.dumps({"before": before, "after": after, "place": host.call("place")}))
    elif what == "failing":
        try:
            host.call("divide")
        except PluginError:
            pass
    else:
        while len(host.offers) < 9:
            time.sleep(0.01)
        print(json.dumps({"offers": host.offers, **host.call("listed")}))
