import type { LauncherPort, Peer, PluginProcess } from "../../src/core/ports.ts";

/**
 * Counts what goes between a host and its plugins: each request that one side makes of the other is entered when it is
 * made and crossed out when it is settled, however it ends. Stands between the host and what makes the processes.
 */
export class Ledger {
  started = 0;
  settled = 0;
  launched = 0;
  exited = 0;
  readonly #open = new Map<number, string>();

  /** Requests that were made and are not settled, by what they are. */
  get open(): string[] {
    return [...this.#open.values()];
  }

  /** Processes that were started and are not gone. */
  get running(): number {
    return this.launched - this.exited;
  }

  watch(inner: LauncherPort): LauncherPort {
    return {
      launch: (spec, onMessage) => {
        const { plugin } = spec;
        this.launched++;
        const process = inner.launch(spec, (method, ...rest) =>
          this.#enter(`${plugin} → host ${method}`, () => onMessage(method, ...rest)),
        );
        void process.exited.then(() => this.exited++);
        return this.#watched(plugin, process);
      },
    };
  }

  #watched(plugin: string, inner: PluginProcess): PluginProcess {
    const { peer } = inner;
    const watched: Peer = {
      closed: peer.closed,
      notify: (method, params) => peer.notify(method, params),
      request: (method, params, options) =>
        this.#enter(`host → ${plugin} ${method}`, () => peer.request(method, params, options)),
    };
    return new Proxy(inner, {
      get(target, key) {
        if (key === "peer") return watched;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #enter<T>(what: string, run: () => T): T {
    const number = ++this.started;
    this.#open.set(number, what);
    const cross = () => {
      this.settled++;
      this.#open.delete(number);
    };
    try {
      const outcome = run();
      if (outcome instanceof Promise) outcome.then(cross, cross);
      else cross();
      return outcome;
    } catch (error) {
      cross();
      throw error;
    }
  }
}
