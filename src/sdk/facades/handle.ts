import type { Registration } from "../registrar.ts";

/** What was declared with a façade. It may be given back at any time, also inside its own handler, which then runs no more. */
export interface Handle extends Registration {
  /** The same as `dispose`. */
  off(): void;
}

export function handleOf({ ready, dispose }: Registration): Handle {
  return { ready, dispose, off: dispose };
}

/** Several as one. */
export function handleOfAll(registrations: readonly Registration[]): Handle {
  const ready = Promise.all(registrations.map((one) => one.ready)).then(() => {});
  // Whoever does not wait for it hears of a refusal in the log.
  ready.catch(() => {});
  return handleOf({
    ready,
    dispose() {
      for (const one of registrations) one.dispose();
    },
  });
}
