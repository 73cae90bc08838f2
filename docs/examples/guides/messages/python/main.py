from parley import Plugin

plugin = Plugin()


@plugin.offer("remark")
def remark(args, call):
    messages = call.get_context(include=["messages"], limit=200)["messages"]
    people = sum(message["role"] == "user" for message in messages)
    # Only the person sees it. The key keeps it from being said twice.
    call.add_message(f"You wrote **{people}** messages.", dedupe_key=f"remark-{people}")
    return people


@plugin.offer("hint")
def hint(args, call):
    # The model reads it at its next step, fenced and under this plugin's name.
    return call.add_message(args["text"], intent="context")


plugin.start()
