from parley import Plugin, PluginError

plugin = Plugin()
seen = []

# A point of its own, declared in plugin.json: what is done where nobody objects.
plugin.hooks.declare("save", lambda note: {"saved": note["text"]})


@plugin.commands.register("write")
def write(args):
    return plugin.hooks.run("save", {"text": args["text"]})


@plugin.hooks.register("before:hook-typescript:save")
def before(note):
    if note["text"] == "":
        raise PluginError("blocked", "An empty note is no note.")
    return {"text": note["text"].upper()}


@plugin.hooks.register("after:hook-typescript:save")
def after(result):
    seen.append(result)


@plugin.commands.register("seen")
def tell(args):
    return seen


plugin.start()
