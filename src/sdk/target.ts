import { Failure } from "../base/failure.ts";
import type { CallTarget } from "../protocol/plugin/calls.ts";
import type { MessageAction } from "../protocol/plugin/conversation.ts";

/**
 * Where a call goes, as an author writes it: `"hello/hello"` (also `"hello:hello"`), `{plugin, name}`, or `{provides}` for
 * whoever provides a capability.
 */
export type CallTo = string | { plugin: string; name: string } | { provides: string; name?: string };

/** A button under a message: its title and the call that the person makes by pressing it. */
export type MessageButton = { title: string; call: CallTo; args?: Record<string, unknown> } | MessageAction;

/** The wire's form of a target. Throws `invalidParams` when the text is not `plugin/name`. */
export function parseTarget(to: CallTo): { to: CallTarget; name: string } {
  if (typeof to === "string") {
    const end = to.search(/[/:]/);
    if (end > 0 && end < to.length - 1) return { to: { plugin: to.slice(0, end) }, name: to.slice(end + 1) };
    throw new Failure("invalidParams", `"${to}" names no offer.`, { todo: "Write the target as plugin/name." });
  }
  if ("provides" in to) return { to: { provides: to.provides }, name: to.name ?? "" };
  return { to: { plugin: to.plugin }, name: to.name };
}

/** The wire's form of a topic: `plugin:loaded` is the older way to write `plugin.loaded`. */
export function parseTopic(topic: string): string {
  return topic.replace(":", ".");
}

/** The wire's form of a button; one that is written in the wire's form already passes unchanged. */
export function parseButton(button: MessageButton): MessageAction {
  if (typeof button.call === "object" && "to" in button.call) return { title: button.title, call: button.call };
  const args = "args" in button && button.args ? button.args : {};
  return { title: button.title, call: { ...parseTarget(button.call), args } };
}
