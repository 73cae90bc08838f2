import re

from parley import Plugin

plugin = Plugin()
seen = []


@plugin.intercept("tool", match="notes/*")
def look_before(interception):
    text = interception.subject["args"]["text"]
    seen.append(f"before {interception.invocation}")
    if "BEGIN PRIVATE KEY" in text:
        return {"decision": "deny", "reason": "A private key belongs into no note."}
    args = {"text": re.sub(r"password: \S+", "password: •••", text)}
    return {"decision": "allow", "updated": {"args": args}}


# The same id as before it: so the two find each other.
@plugin.intercept("tool", phase="after", match="notes/*")
def look_after(interception):
    seen.append(f"after {interception.invocation}")


@plugin.offer("seen")
def tell(args, call):
    return seen


plugin.start()
