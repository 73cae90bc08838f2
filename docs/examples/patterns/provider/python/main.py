from parley import Plugin

plugin = Plugin()

plugin.providers.register("words", {"count": lambda args: len(args["text"].split())})


@plugin.commands.register("ask")
def ask(args, call):
    provider = call.providers.list("letters")[0]
    return {"by": provider["plugin"], "count": call.providers.call("letters", "count", {"text": args["text"]})}


plugin.start()
