import { deferred } from "../base/deferred.ts";
import { Failure } from "../base/failure.ts";
import { limits } from "../protocol/limits.ts";
import type { Capabilities } from "../protocol/plugin/lifecycle.ts";
import type { ParamsOf, PluginToHost, RequestMethod, ResultOf } from "../protocol/plugin/methods.ts";
import { capabilityOf } from "../protocol/plugin/negotiation.ts";
import type { Connection, RequestOptions } from "../rpc/types.ts";

/** Requests to the host. They wait until the host has accepted the plugin, and for a free place among those in flight. */
export interface Channel {
  request<M extends RequestMethod<PluginToHost>>(
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<PluginToHost, M>>;
}

/** What a message of the host's would have to be for the host to know it; undefined where it does. */
function missing(method: string, params: object, host: Capabilities): Failure | undefined {
  const needed = capabilityOf(method, params as Record<string, unknown>, "host");
  if (needed === undefined || host[needed] === true) return undefined;
  return new Failure("notNegotiated", `This host has no "${needed}", so "${method}" is not sent.`, {
    todo: "Update Parley, or do without.",
    details: { method, capability: needed },
  });
}

/** A few places below the channel's limit stay free, so that a full plugin can still say that it is. */
const keptFree = 4;
const placesInFlight = limits.outstandingRequests - keptFree;

/** The plugin's side of the connection to its host: closed to requests until `open`, and for good after `end`. */
export class HostChannel implements Channel {
  readonly #opened = deferred<Connection<PluginToHost>>();
  #connection: Connection<PluginToHost> | undefined;
  /** Requests that wait for a place, oldest first. */
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #host: Capabilities = {};
  #places = placesInFlight;

  constructor() {
    this.#opened.promise.catch(() => {});
  }

  /** What the host said in `initialize` that it can do, and how much it takes at a time. */
  agree(host: Capabilities, limits: Readonly<Record<string, number>>): void {
    this.#host = host;
    this.#places = Math.max(1, (limits.outstandingRequests ?? placesInFlight + keptFree) - keptFree);
  }

  /** The host has accepted the plugin: everything that waited is sent, in order. */
  open(connection: Connection<PluginToHost>): void {
    this.#opened.resolve(connection);
    // After those who wait already: nobody overtakes them.
    void this.#opened.promise.then(() => {
      this.#connection = connection;
    });
  }

  /** The channel is over; requests that never left fail with `unavailable`. */
  end(message: string): void {
    this.#opened.reject(new Failure("unavailable", message, { details: { reason: "channelClosed" } }));
  }

  request<M extends RequestMethod<PluginToHost>>(
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options?: RequestOptions,
  ): Promise<ResultOf<PluginToHost, M>> {
    if (this.#connection) return this.#place(this.#connection, method, params, options);
    return this.#opened.promise.then((connection) => this.#place(connection, method, params, options));
  }

  /** Sends a request as soon as there is a place for it. */
  #place<M extends RequestMethod<PluginToHost>>(
    connection: Connection<PluginToHost>,
    method: M,
    params: ParamsOf<PluginToHost, M>,
    options: RequestOptions | undefined,
  ): Promise<ResultOf<PluginToHost, M>> {
    const refused = missing(method, params, this.#host);
    if (refused) return Promise.reject(refused);
    if (this.#inFlight < this.#places) {
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
