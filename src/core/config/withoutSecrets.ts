import type { Logger } from "../../base/logger.ts";
import type { ModelPort, ModelsPort, StorePort } from "../ports.ts";
import type { Secrets } from "./secrets.ts";

/** What is kept of calls, conversations, events and traces. A plugin's own state is its own business. */
const kept = [
  "saveConversation",
  "saveEntry",
  "saveCall",
  "saveTurn",
  "append",
  "saveSpans",
  "saveContent",
  "saveRetained",
] as const satisfies readonly (keyof StorePort)[];

/** The store, which is given nothing that holds a secret, except as a plugin's state. */
export function storeWithout(secrets: Secrets, store: StorePort): StorePort {
  return new Proxy(store, {
    get(_, name) {
      const value: unknown = Reflect.get(store, name, store);
      if (typeof value !== "function") return value;
      const method = value.bind(store) as (...args: unknown[]) => unknown;
      return (kept as readonly (string | symbol)[]).includes(name)
        ? (first: unknown, ...rest: unknown[]) => method(secrets.clean(first), ...rest)
        : method;
    },
  });
}

/** The models, which are asked nothing that holds a secret. */
export function modelsWithout(secrets: Secrets, models: ModelsPort): ModelsPort {
  const clean = (model: ModelPort): ModelPort => ({
    ...model,
    stream: (request, signal) => model.stream(secrets.clean(request), signal),
  });
  return {
    current: async () => clean(await models.current()),
    list: () => models.list(),
    select: (id) => models.select(id),
    onDidChange: (listener) => models.onDidChange(listener),
  };
}

/** The log, in which no secret is written. */
export function loggerWithout(secrets: Secrets, logger: Logger): Logger {
  return { log: (level, message, fields) => logger.log(level, secrets.redact(message), secrets.clean(fields)) };
}
