from parley import Plugin, PluginError

plugin = Plugin()
notes = []


@plugin.messaging.on()
def hear(message):
    if not message.wants_reply:
        notes.append(f"{message['text']} ({message.sender})")
        return
    numbers = message["numbers"]
    if not numbers:
        raise PluginError("invalidParams", "There is nothing to add.")
    message.reply({"sum": sum(numbers), "by": "Python"})


@plugin.commands.register("write")
def write(args):
    plugin.messaging.send_to("message-typescript", {"text": args["text"]})


@plugin.commands.register("ask")
def ask(args):
    return plugin.messaging.request("message-typescript", {"numbers": args["numbers"]}, timeout_ms=5_000)


@plugin.commands.register("notes")
def tell(args):
    return notes


plugin.start()
