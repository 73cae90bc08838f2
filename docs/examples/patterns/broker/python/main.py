from parley import Plugin, PluginError

plugin = Plugin()


@plugin.commands.register("hello")
def hello(args):
    names = args.get("parameters", {}).get("name")
    if not names:
        raise PluginError("invalidParams", "There is nobody in parameters.name.")
    return {"value": f"Python says hello to {' and '.join(names)}."}


@plugin.commands.register("ask")
def ask(args, call):
    request = {"parameters": {"name": [args["name"]]}}
    answer = call.broker.call("broker-typescript", "hello", "read", request)
    return {"answer": answer, "plugins": call.broker.list()}


plugin.start()
