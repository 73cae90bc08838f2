from parley import Plugin

plugin = Plugin()


@plugin.offer("tour")
def tour(args, call):
    file = call.ui.ask("What do you want to see?", ["README.md", "src/main.ts"])
    # Closed without an answer: that is an answer too.
    if file is None:
        return "nothing"
    call.editor.open(file, line=1)
    return file


plugin.start()
