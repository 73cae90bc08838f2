from parley import Plugin, PluginError

plugin = Plugin()


@plugin.commands.register("begin")
def begin(args):
    cranes = int(args["cranes"])

    def fold(task):
        for folded in range(cranes):
            task.progress(f"{folded} folded", 100 * folded / cranes)
            if task.cancelled.wait(0.02):
                raise PluginError("cancelled", "Nobody wants the rest.")
        return {"folded": cranes}

    return plugin.tasks.start(f"Fold {cranes} cranes", fold).id


@plugin.commands.register("look")
def look(args):
    return plugin.tasks.get(args["id"])


@plugin.commands.register("stop")
def stop(args):
    return plugin.tasks.cancel(args["id"])


@plugin.commands.register("list")
def tell(args):
    return plugin.tasks.list()


@plugin.commands.register("order")
def order(args, call):
    return call.commands.execute("task-typescript:begin", args)


@plugin.commands.register("check")
def check(args, call):
    return call.commands.execute("task-typescript:look", args)


plugin.start()
