from parley import Plugin

plugin = Plugin()


@plugin.offer("count_words")
def count_words(args, call):
    words = len(args["text"].split())
    call.add_message(f"I counted **{words}** words.")
    return {"words": words}


@plugin.intercept("tool")
def keep_lock_files(interception):
    subject = interception.subject
    if subject["action"] == "read" or not str(subject["args"].get("path")).endswith(".lock"):
        return None
    return {"decision": "deny", "reason": "Lock files are written by tools, not by hand."}


plugin.start()
