import { type Disposable, Scope } from "../../base/dispose.ts";
import { Emitter } from "../../base/emitter.ts";
import type { ConfigNotice } from "./configState.ts";
import type { Configs } from "./configs.ts";

/** What the person should read about settings: those of plugins, and the limits, which belong to none. */
export type SettingsNotice = Omit<ConfigNotice, "plugin"> & { readonly plugin?: string };

/** Tells what is wrong with settings, or waits for a restart; the same about the limits once. */
export class SettingsNotices implements Disposable {
  readonly #notices = new Emitter<SettingsNotice>();
  readonly #scope = new Scope("notices of settings");
  readonly onNotice = this.#notices.event;
  #saidOfLimits = "";

  constructor(configs: Configs) {
    this.#scope.add(configs.onNotice((notice) => this.#notices.fire(notice)));
  }

  /** @param problems sentences; none when all is well again */
  limits(problems: readonly string[]): void {
    const text = problems.join(" ");
    if (text === this.#saidOfLimits) return;
    this.#saidOfLimits = text;
    if (text !== "") this.#notices.fire({ kind: "wrong", text, todo: "Correct it in the setting parley.limits." });
  }

  dispose(): void {
    this.#scope.dispose();
  }
}
