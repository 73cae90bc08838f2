/** What the tests of the whole host have in common. */
import assert from "node:assert/strict";
import type { CallRequest } from "../../../src/core/calls/types.ts";
import type { ModelEvent } from "../../../src/core/ports.ts";
import { type RealHost, type RealHostOptions, realHost } from "../../support/realHost.ts";
import { until } from "../../support/until.ts";

/** Makes hosts and stops them all when `stopAll` is called, for an `afterEach`. */
export function hosts(): { open(options?: RealHostOptions): Promise<RealHost>; stopAll(): Promise<void> } {
  const opened: RealHost[] = [];
  return {
    async open(options) {
      const made = await realHost(options);
      opened.push(made);
      return made;
    },
    async stopAll() {
      await Promise.all(opened.splice(0).map((one) => one.stop()));
    },
  };
}

/** The person calls an offer, `go` unless told otherwise. */
export async function call({ host }: RealHost, plugin: string, more: Partial<CallRequest> = {}): Promise<unknown> {
  return (await host.calls.call({ caller: "person", to: { plugin }, name: "go", args: {}, ...more })).result;
}

/** Asserts that another plugin still works. */
export async function assertWorks(real: RealHost, plugin = "good"): Promise<void> {
  const args = { still: "here" };
  assert.deepEqual(await call(real, plugin, { args }), { echo: args });
}

/** The lines of the activity that tell of a plugin's errors. */
export function errorsOf({ host }: RealHost, plugin: string): string[] {
  return host.activity
    .entries()
    .flatMap(({ type, text }) => (type === "plugin.error" && text.startsWith(`${plugin}: `) ? [text] : []));
}

export const end: ModelEvent = { type: "end", finish: "stop" };
export const say = (text: string): ModelEvent => ({ type: "text", text });
export const use = (name: string, args: string | object, id = "1"): ModelEvent => ({
  type: "toolCall",
  id,
  name,
  arguments: typeof args === "string" ? args : JSON.stringify(args),
});

/** The person says something, and the turn ends. Answers the conversation. */
export async function turn(real: RealHost, said = "go") {
  const conversation = await real.host.conversations.visible();
  await real.host.agent.say(conversation.id, said, "send");
  await until("the turn ended", () => real.host.agent.state(conversation.id) === "idle");
  return conversation;
}

/** What the model was told of its tool calls in its nth step. */
export function toolAnswers({ requests }: RealHost, step: number): string[] {
  return requests[step - 1]?.messages.flatMap(({ role, content }) => (role === "tool" ? [content] : [])) ?? [];
}
