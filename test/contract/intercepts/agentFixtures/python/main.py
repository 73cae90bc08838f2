"""Is asked at points of the agent and answers as it is told; with a point as its argument it is there from the start."""

import os
import signal
import sys
import threading

from parley import Plugin

plugin = Plugin()
seen = []
held = []


def at(args):
    point, phase = args["point"], args.get("phase", "before")

    def ask(interception):
        subject = interception.subject
        seen.append({"point": point, "phase": phase, "subject": subject})
        if args.get("fault") == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if args.get("fault") == "hang":
            threading.Event().wait()
        answer = {"decision": "allow", **args.get("answer", {})}
        if "add" in args:
            field, text = args["add"]
            answer["updated"] = {field: f"{subject[field]}{text}"}
        return answer

    more = {"on_failure": args["onFailure"]} if "onFailure" in args else {}
    held.append(plugin.intercept(point, ask, phase=phase, **more))


@plugin.offer("at")
def now_at(args):
    at(args)
    held[-1].wait()


plugin.offer("seen", lambda args: seen)
plugin.offer("leave", lambda args: held.pop().dispose())
if len(sys.argv) > 1:
    at({"point": sys.argv[1]})

plugin.start()
