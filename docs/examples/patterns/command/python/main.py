from parley import Plugin

plugin = Plugin()


@plugin.commands.register("greet")
def greet(args):
    return f"Hello {args['name']}, from Python."


@plugin.commands.register("visit")
def visit(args, call):
    return call.commands.execute("command-typescript:greet", {"name": args["name"]})


plugin.start()
