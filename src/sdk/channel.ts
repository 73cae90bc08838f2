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
  #connection: Connection<PluginToHost> | undefined;
  /** Requests that wait for a place, oldest first. */
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor() {
    this.#opened.promise.catch(() => {});
  }

  /** The host has accepted the plugin: everything that waited is sent, in order. */
  open(connection: Connection<PluginToHost>): void {
    this.#connection = connection;
    this.#opened.resolve(connection);
  }

  /** The channel is over; requests that never left fail with `unavailable`. */
  end(message: string): void {
    this.#opened.reject(new Failure("unavailable", message));
  }

  request<M extends RequestMethod<PluginToHost>>(
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<PluginToHost, M>> {
    const connection = this.#connection;
    if (!connection) return this.#opened.promise.then(() => this.request(method, params, options));
    if (this.#inFlight < placesInFlight) {
      this.#inFlight += 1;
      return this.#send(connection, method, params, options);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => void this.#send(connection, method, params, options).then(resolve, reject));
    });
  }

  /** Sends a request that has its place, which then goes straight to the next in line. */
  #send<M extends RequestMethod<PluginToHost>>(
    connection: Connection<PluginToHost>,
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options: RequestOptions | undefined,
  ): Promise<ResultOf<PluginToHost, M>> {
    const answer = connection.request(method, params, options);
    answer.then(this.#passOn, this.#passOn);
    return answer;
  }

  readonly #passOn = () => {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inFlight -= 1;
  };
}
