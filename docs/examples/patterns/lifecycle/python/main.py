from parley import Plugin

plugin = Plugin()
seen = []


@plugin.events.on("plugin:deactivated")
@plugin.events.on("plugin:activated")
def note(event):
    if event.data["pluginId"] == "lifecycle-typescript":
        seen.append(event.type)


@plugin.commands.register("seen")
def tell(args):
    return seen


plugin.start()
