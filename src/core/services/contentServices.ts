import { Failure } from "../../base/failure.ts";
import type { Contents } from "../events/contents.ts";
import { pluginOf } from "../rules/targets.ts";
import type { CallResults } from "./callResults.ts";
import type { ServiceTable } from "./service.ts";

/** What references stand for. Who may read the event is decided by `Contents`, which knows the event. */
export function contentServices(
  contents: Contents,
  results: Pick<CallResults, "recall">,
): Pick<ServiceTable, "content/get"> {
  return {
    "content/get": {
      async handle({ reference, offset, limit }, { session }) {
        // A run that has lost its name to another sees nothing by the rights of that one.
        const reader = { plugin: pluginOf(session.principal) ?? session.plugin, owner: session.home.owner };
        let content = await contents.read(reference, reader);
        if (!content) {
          await results.recall(reference);
          content = await contents.read(reference, reader);
        }
        if (!content)
          throw new Failure("notFound", `There is no content "${reference}" for you to read.`, {
            todo: "Get it soon, and with the right to what it belongs to: a call of your own, or an event that you may see.",
          });
        const { type, text } = content;
        const end = Math.min(text.length, offset + limit);
        // A page never ends between the halves of a character.
        const cut = end < text.length && isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
        return {
          type,
          text: text.slice(offset, cut),
          length: text.length,
          ...(cut < text.length ? { next: cut } : {}),
        };
      },
    },
  };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
