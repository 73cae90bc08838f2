import { deferred } from "../base/deferred.ts";
import { Failure } from "../base/failure.ts";
import { limits } from "../protocol/limits.ts";
import type { ParamsOf, PluginToHost, RequestMethod, ResultOf } from "../protocol/plugin/methods.ts";
import type { Connection, RequestOptions } from "../rpc/types.ts";

/** Requests to the host. They wait until the host has accepted the plugin, and for a free place among those in flight. */
export interface Channel {
  request<M extends RequestMethod<PluginToHost>>(
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<PluginToHost, M>>;
}

/** A few places below the channel's limit stay free, so that a full plugin can still say that it is. */
const placesInFlight = limits.outstandingRequests - 4;

/** The plugin's side of the connection to its host: closed to requests until `open`, and for good after `end`. */
export class HostChannel implements Channel {
  readonly #opened = deferred<Connection<PluginToHost>>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor() {
    this.#opened.promise.catch(() => {});
  }

  /** The host has accepted the plugin: everything that waited is sent, in order. */
  open(connection: Connection<PluginToHost>): void {
    this.#opened.resolve(connection);
  }

  /** The channel is over; requests that never left fail with `unavailable`. */
  end(message: string): void {
    this.#opened.reject(new Failure("unavailable", message));
  }

  async request<M extends RequestMethod<PluginToHost>>(
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<PluginToHost, M>> {
    const connection = await this.#opened.promise;
    if (this.#inFlight >= placesInFlight) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inFlight += 1;
    try {
      return await connection.request(method, params, options);
    } finally {
      // The place goes straight to the next in line, so the count stays the same when somebody waits.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inFlight -= 1;
    }
  }
}
