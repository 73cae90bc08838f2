"""Counts what happens in each conversation, and speaks up when one grows long."""

import threading

from parley import Plugin, PluginError
from stats import Stats

plugin = Plugin()
stats = Stats(plugin.state)
stopping = threading.Event()


@plugin.config.on_change
def take_new(settings, changed):
    """The threshold is read whenever it is needed: a new one needs no more than to be taken."""


@plugin.conversation.on_message
def on_message(event):
    if event.conversation is None:
        return
    counts = stats.add(event.conversation, messages=1, words=int(event.data.get("words", 0)))
    threshold = plugin.config.get("thresholdMessages", 10)
    if 0 < threshold <= counts["messages"] and stats.notice(event.conversation):
        tell(event.conversation, threshold, counts)


@plugin.events.on("tool.callEnd")
def on_tool(event):
    if event.conversation is not None:
        stats.add(event.conversation, tool_calls=1, errors=0 if event.data.get("success") else 1)


@plugin.events.on("agent.end")
def on_turn(event):
    if event.conversation is not None:
        stats.add(event.conversation, turns=1, errors=1 if event.data.get("error") else 0)


def tell(conversation, threshold, counts):
    """Says once that a conversation passed the threshold: to the person, and to other plugins."""
    data = {"conversation": conversation, "threshold": threshold, "messages": counts["messages"]}
    plugin.emit_event("monitor.threshold", data, show=True)
    text = f"This conversation has {counts['messages']} messages and {counts['words']} words. A new one may give better answers."
    show = {"title": "Show statistics", "call": "conversation-monitor/get_stats", "args": {"conversation": conversation}}
    key = f"threshold-{threshold}-{counts['resets']}"
    plugin.add_message(text, conversation=conversation, actions=[show], dedupe_key=key)


@plugin.offer("get_stats")
def get_stats(args, call):
    return stats.sums() if args.get("all") else stats.of(args.get("conversation") or call.conversation)


@plugin.offer("reset_stats")
def reset_stats(args, call):
    conversation = args.get("conversation") or call.conversation
    if conversation is None and not args.get("all"):
        raise PluginError("invalidParams", "There is no conversation to reset.", "Name one, or say all.")
    return {"reset": stats.reset(None if args.get("all") else conversation)}


@plugin.offer("report")
def report(args, call):
    conversation = args.get("conversation") or call.conversation or stats.latest
    call.progress("Reading the conversation", 20)
    context = call.get_context(include=["messages", "usage"], limit=200, conversation=conversation)
    call.progress("Counting", 80)
    counts = stats.of(context.get("conversation") or conversation)
    lines = [f"- {field.replace('_', ' ')}: {counts[field]}" for field in ("messages", "words", "tool_calls", "errors", "turns")]
    if context.get("messages"):
        longest = max(context["messages"], key=lambda message: len(message["content"]))
        lines.append(f"- longest message: {len(longest['content'])} characters, by the {longest['role']}")
    if context.get("usage"):
        lines.append(f"- tokens: {context['usage']['input']} in, {context['usage']['output']} out")
    return {"conversation": counts["conversation"], "report": "\n".join(lines)}


def every(seconds, work):
    """Runs the work again and again in a thread of its own until the plugin stops; a failure is logged."""

    def run():
        while not stopping.wait(seconds):
            try:
                work()
            except PluginError as error:
                plugin.log.warn(f"{work.__name__} failed: {error}", {"kind": error.kind})

    threading.Thread(target=run, daemon=True).start()


def report_as_task():
    if stats.latest is not None:
        answer = plugin.call("conversation-monitor/report", {"conversation": stats.latest}, action="read", detach=True)
        plugin.publish("monitor.report", {"conversation": stats.latest, "callId": answer["callId"]})


@plugin.on_ready
def begin():
    stats.load()
    every(1.0, stats.save)
    minutes = plugin.config.get("reportEveryMinutes", 0)
    if minutes > 0:
        every(minutes * 60, report_as_task)


@plugin.on_stop
def end():
    stopping.set()
    stats.save()


plugin.start()
