from parley import Plugin, PluginError

plugin = Plugin()


@plugin.offer("title")
def title(args, call):
    text = args["text"]
    try:
        answer = call.model.complete(text, system="Answer a title of five words.", max_tokens=30)
        return {"title": answer["text"], "left": answer["usage"]["left"]}
    except PluginError as error:
        # Without the model it goes on as well as it can.
        if error.kind == "budgetExceeded":
            return {"title": text[:20], "left": 0}
        raise


plugin.start()
