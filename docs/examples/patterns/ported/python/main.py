from parley import Plugin

context = Plugin()
other = "ported-typescript"
seen = []


# Events. The handler gets the event; what was emitted is its data.
@context.events.on("plugin:activated")
def activated(event):
    seen.append(f"{event.data['pluginId']} activated")


@context.events.on("data:changed")
def changed(event):
    seen.append(f"{event.data['table']} changed by {event.source}")


# Commands, shared storage and a capability of this plugin's own.
@context.commands.register("get-data")
async def get_data(query):
    context.storage.shared("ported").set("shared-key", {"data": query["table"]})
    context.events.emit("data:changed", {"table": query["table"]})
    return [{"table": query["table"], "by": "Python"}]


context.providers.register("python-users", {"get": lambda query: ["Ada", "Grace"][: query["limit"]]})


# Direct messages.
@context.messaging.on("message")
def message(msg):
    if msg.get("action") == "processData":
        msg.reply({"status": "done", "items": msg["payload"]})


# Middleware and hooks. A hook answers the data as they go on.
@context.middleware.use("call", match="*/get-data")
def around(interception, next_):
    seen.append(f"call {interception.subject['name']}")
    result = next_()
    seen.append("called")
    return result


@context.hooks.register("before:save")
async def before_save(data):
    seen.append(f"About to save: {data['text']}")
    return {"text": data["text"].strip()}


context.hooks.declare("save", lambda data: {"saved": data["text"]})


# A method that others call with the broker, in its form of a request.
@context.commands.register("hello")
def hello(request):
    return {"value": request["parameters"]["key"], "body": request["body"]}


@context.commands.register("visit")
def visit(args, call):
    data = call.commands.execute(f"{other}:get-data", {"table": "users"})
    shared = call.storage.shared("ported").get("shared-key")
    letter = {"type": "request", "action": "processData", "payload": [1, 2]}
    reply = context.messaging.request(other, letter)
    users = call.providers.call("typescript-users", "get", {"limit": 1})
    saved = context.hooks.run("save", {"text": " a note "})
    request = {"parameters": {"key": ["value"]}, "body": {"a": 5}}
    answer = call.CallPlugin(other, "hello", "read", request)
    told = {"data": data, "shared": shared, "reply": reply, "users": users, "saved": saved}
    return {**told, "hello": answer, "plugins": call.ListPlugins()}


@context.commands.register("speak")
def speak(args, call):
    event = call.emit_event("ported.said", {"words": 1})
    message_id = call.add_message("assistant", "Hello from a plugin.")["messageId"]
    known = call.get_context()
    context.logger.info("spoke", {"event": event, "messageId": message_id})
    return {"heard": known["messages"][-1]["content"], "usage": "usage" in known}


@context.commands.register("seen")
def tell(args):
    return seen


context.start()
