from parley import Plugin

plugin = Plugin()
visits = plugin.storage.shared("visits")
seen = []


def changed(change):
    seen.append(visits.get("total"))


visits.watch("total", changed)


@plugin.commands.register("count")
def count(args):
    total = None
    for _ in range(int(args["times"])):
        # Read, change, write if nobody else wrote meanwhile; else again.
        total = visits.update("total", lambda known: (known or 0) + 1)
    return total


@plugin.commands.register("seen")
def tell(args):
    return seen[-1] if seen else None


plugin.start()
