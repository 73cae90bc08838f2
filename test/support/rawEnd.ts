import { until } from "./until.ts";

/** A message as it came, unchecked. */
export interface RawMessage {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string; data?: Record<string, unknown> };
}

/** A body with its header; a text is taken as it stands. */
export function framed(message: unknown): string {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** One end of the channel as plain bytes: for what a well-behaved connection would never send. */
export abstract class RawEnd {
  /** Everything that came, in order. */
  readonly received: RawMessage[] = [];
  readonly #answers = new Map<unknown, RawMessage>();
  #bytes = Buffer.alloc(0);
  #id = 1_000;

  abstract write(bytes: string | Buffer): void;

  /** Sends a value as a message, or a text as the body that it is. */
  send(message: unknown): void {
    this.write(framed(message));
  }

  notify(method: string, params: unknown): void {
    this.send({ jsonrpc: "2.0", method, params });
  }

  /** Sends a request and waits for the message that answers it. */
  async request(method: string, params: unknown): Promise<RawMessage> {
    const [answer] = await this.exchange([{ method, params }]);
    return answer as RawMessage;
  }

  /** Sends requests all at once and waits for their answers, in the order of the requests. */
  async exchange(requests: readonly { method: string; params: unknown }[]): Promise<RawMessage[]> {
    const ids = requests.map(({ method, params }) => {
      this.#id += 1;
      this.send({ jsonrpc: "2.0", id: this.#id, method, params });
      return this.#id;
    });
    return await Promise.all(ids.map((id, index) => this.answer(id, `an answer to ${requests[index]?.method}`)));
  }

  /** Waits for the message that answers an id. */
  answer(id: string | number | null, what = `an answer to ${id}`): Promise<RawMessage> {
    return until(what, () => this.#answers.get(id), { everyMs: 5 });
  }

  /** Takes the bytes of whole messages from what has come so far. */
  protected feed(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    let from = 0;
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#bytes.subarray(from, from + 64).toString("latin1"));
      if (!header) break;
      const start = from + header[0].length;
      const end = start + Number(header[1]);
      if (this.#bytes.length < end) break;
      this.#take(JSON.parse(this.#bytes.subarray(start, end).toString("utf8")) as RawMessage);
      from = end;
    }
    if (from > 0) this.#bytes = this.#bytes.subarray(from);
  }

  #take(message: RawMessage): void {
    this.received.push(message);
    if (message.method === undefined && !this.#answers.has(message.id)) this.#answers.set(message.id, message);
    if (message.method !== undefined) this.heard(message);
  }

  /** A request or notification came. */
  protected heard(_message: RawMessage): void {}
}

/** What travels beside a message's params. */
export function metaOf({ params }: RawMessage): Record<string, unknown> {
  return (params?._meta ?? {}) as Record<string, unknown>;
}
