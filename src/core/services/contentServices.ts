import { Failure } from "../../base/failure.ts";
import type { Contents } from "../events/contents.ts";
import type { ServiceTable } from "./service.ts";

/** What references stand for. Who may read the event is decided by `Contents`, which knows the event. */
export function contentServices(contents: Contents): Pick<ServiceTable, "content/get"> {
  return {
    "content/get": {
      handle({ reference, offset, limit }, { session }) {
        const content = contents.read(reference, session.plugin);
        if (!content)
          throw new Failure("notFound", `There is no content "${reference}" for you to read.`, {
            todo: "Get it soon after the event, and with the right to what the event tells: only the newest is kept.",
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
