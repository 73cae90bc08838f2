from parley import Plugin, PluginError

plugin = Plugin()
other = "requests-typescript"
notes = []


# A request and its answer are a call.
@plugin.offer("weather")
def weather(args, call):
    if args["town"] != "Oslo":
        raise PluginError("notFound", f"I know no {args['town']}.", "Ask for Oslo.")
    return {"sky": "snow"}


# A direct message has no answer, and reaches only the plugin that `to` names.
@plugin.subscribe("inbox")
def note(event):
    notes.append(f"{event.data['note']} ({event.source})")


@plugin.offer("plan")
def plan(args, call):
    sky = call.call(f"{other}/weather", {"town": args["town"]})["sky"]
    call.publish("inbox", {"note": f"{sky} in {args['town']}"}, to=other)
    return sky


@plugin.offer("notes")
def tell(args, call):
    return notes


plugin.start()
