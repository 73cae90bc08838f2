import type { Due } from "../base/deadlines.ts";
import { deferred } from "../base/deferred.ts";
import type { RequestSpec } from "../protocol/plugin/methods.ts";
import type { PieceMeter } from "./credit.ts";
import type { RequestId } from "./framing/envelope.ts";
import type { ProgressSender } from "./progress.ts";
import type { RequestOptions } from "./types.ts";

/** A request that is not answered yet. */
export class Pending implements Due {
  readonly id: RequestId;
  readonly method: string;
  readonly spec: RequestSpec;
  /** Nobody's any more once the request is settled. */
  options: RequestOptions;
  readonly answer = deferred<unknown>();
  readonly counts: boolean;
  dueAt = Number.POSITIVE_INFINITY;
  /** What has come of a streaming result. */
  pieces: PieceMeter | undefined;
  /** Merges what the peer says of its progress more often than is of any use. */
  said: ProgressSender | undefined;
  cancelling = false;
  onAbort: (() => void) | undefined;

  constructor(id: RequestId, method: string, spec: RequestSpec, options: RequestOptions, counts: boolean) {
    this.id = id;
    this.method = method;
    this.spec = spec;
    this.options = options;
    this.counts = counts;
  }
}
