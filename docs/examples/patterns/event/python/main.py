from parley import Plugin

plugin = Plugin()
heard = []


def hear(event):
    heard.append(f"{event.data['colour']} by {event.source}")
    # Enough seen: what was sent already is passed over too.
    if event.data["colour"] == "black":
        ear.off()


ear = plugin.events.on("paint.mixed", hear)


@plugin.commands.register("mix")
def mix(args, call):
    call.events.emit("paint.mixed", {"colour": args["colour"]})


@plugin.commands.register("heard")
def tell(args):
    return heard


plugin.start()
