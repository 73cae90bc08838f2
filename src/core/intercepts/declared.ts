import { type Disposable, toDisposable } from "../../base/dispose.ts";
import type { InterceptSpec } from "../../protocol/plugin/intercepts.ts";
import { type Phase, wants } from "./selection.ts";

export interface Declared {
  readonly plugin: string;
  readonly spec: InterceptSpec;
}

/** Intercepts that manifests declare, whether or not their plugins run, so that no gate is missed because nothing was running. */
export class DeclaredIntercepts {
  readonly #declared = new Set<Declared>();

  add(plugin: string, specs: readonly InterceptSpec[]): Disposable {
    const own = specs.map((spec) => ({ plugin, spec }));
    for (const one of own) this.#declared.add(one);
    return toDisposable(() => {
      for (const one of own) this.#declared.delete(one);
    });
  }

  all(): Iterable<Declared> {
    return this.#declared;
  }

  /** Those that want to be asked and whose plugin has no live intercept that will be. */
  missing(phase: Phase, point: string, subject: Record<string, unknown>, live: ReadonlySet<string>): Declared[] {
    return [...this.#declared].filter(({ plugin, spec }) => !live.has(plugin) && wants(spec, phase, point, subject));
  }
}
