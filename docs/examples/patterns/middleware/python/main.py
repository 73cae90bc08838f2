from parley import Plugin

plugin = Plugin()


@plugin.commands.register("greet")
def greet(args):
    return f"Hello {args['name']}, from Python."


@plugin.middleware.use("offer:middleware-typescript/greet")
def around(interception, next_):
    name = interception.subject["args"]["name"]
    # Answers in its place: the greeting does not happen.
    if name == "nobody":
        return "There is nobody to greet."
    greeting = next_({"args": {"name": name.strip()}})
    return f"{greeting} And Python was around."


plugin.start()
