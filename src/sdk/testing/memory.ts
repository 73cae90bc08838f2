import { Failure } from "../../base/failure.ts";
import type { InitializeResult } from "../../protocol/plugin/lifecycle.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";

/** A message that the plugin added. */
export interface SaidMessage {
  readonly content: string;
  readonly intent?: string;
  readonly role?: string;
}

/** An event that the plugin published; `to` with a direct message. */
export interface SentEvent {
  readonly topic: string;
  readonly data: unknown;
  readonly to?: string;
}

/** What a plugin registers: one of the three. */
export interface Registered {
  readonly offer?: Offer;
  readonly subscription?: { topic: string; whenSlow?: string };
  readonly intercept?: { point: string; phase?: string; order?: number };
}

/** What a plugin says on `self.log`. */
interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

function logText({ level, message, fields: { stack, ...fields } = {} }: LogLine): string {
  const about = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  return `${level}: ${message}${about}\n${stack === undefined ? "" : `${String(stack).trimEnd()}\n`}`;
}

/** What a test host remembers of its plugin, and the requests that it answers from that alone. */
export class HostMemory {
  readonly said: SaidMessage[] = [];
  readonly published: SentEvent[] = [];
  /** Values by `scope/key`. */
  readonly state = new Map<string, { value: unknown; rev: number }>();
  readonly #plugin: string;
  readonly #declared: readonly Offer[];
  readonly #onLog: (text: string) => void;
  readonly #registered = new Map<string, Registered>();
  #handles = 0;

  /** `declared` are the offers of the plugin's manifest; `onLog` is told each line of its log. */
  constructor(plugin: string, declared: readonly Offer[], onLog: (text: string) => void) {
    this.#plugin = plugin;
    this.#declared = declared;
    this.#onLog = onLog;
  }

  /** Takes over what the answer to `initialize` declares. */
  begin({ offers = [], subscriptions = [], intercepts = [] }: InitializeResult): void {
    for (const offer of offers) this.#keep({ offer }, offer.handle);
    for (const subscription of subscriptions) this.#keep({ subscription }, subscription.handle);
    for (const intercept of intercepts) this.#keep({ intercept }, intercept.handle);
  }

  offers(): string[] {
    return this.#running().map(({ name }) => name);
  }

  #running(): Offer[] {
    return [...this.#registered.values()].flatMap(({ offer }) => offer ?? []);
  }

  subscriptionsTo(topic: string): { handle: string; acknowledges: boolean }[] {
    return [...this.#registered].flatMap(([handle, { subscription }]) =>
      subscription && fits(subscription.topic, topic)
        ? [{ handle, acknowledges: subscription.whenSlow === "ack" }]
        : [],
    );
  }

  interceptsAt(point: string, phase: string): { handle: string }[] {
    const at = [...this.#registered].flatMap(([handle, { intercept }]) =>
      intercept?.point === point && (intercept.phase ?? "before") === phase
        ? [{ handle, order: intercept.order ?? 0 }]
        : [],
    );
    at.sort((a, b) => (phase === "before" ? a.order - b.order : b.order - a.order));
    return at;
  }

  /** Answers to what a plugin asks. */
  services(): Record<string, (params: Registered & Record<string, unknown>) => unknown> {
    return {
      "$/ping": () => ({}),
      register: (params) => ({ handle: this.#keep(params) }),
      unregister: ({ handle }) => {
        if (!this.#registered.delete(String(handle))) throw new Failure("notFound", `There is no handle "${handle}".`);
        return {};
      },
      "offers/list": ({ plugin = this.#plugin, provides, facet }) => {
        const known = new Map([...this.#declared, ...this.#running()].map((offer) => [offer.name, offer]));
        const fits = ({ facets }: Offer) =>
          plugin === this.#plugin &&
          (provides === undefined || facets?.provides === provides) &&
          (facet === undefined || Boolean(facets?.[facet as keyof typeof facets]));
        const always = { plugin: this.#plugin, state: "running", load: 0, may: "allow", rule: "test" };
        return {
          offers: [...known.values()].filter(fits).map((offer) => ({ ...offer, ...always })),
          plugins: [this.#plugin],
        };
      },
      publish: ({ topic, data, to }) => {
        if (topic === "self.log") this.#onLog(logText(data as LogLine));
        this.published.push({ topic: String(topic), data, ...(to === undefined ? {} : { to: String(to) }) });
        return { eventId: `event-${this.published.length}` };
      },
      "conversation/addMessage": ({ content, intent, role }) => {
        this.said.push({ content: String(content), intent: intent as string, role: role as string });
        return { messageId: `message-${this.said.length}`, state: "added" };
      },
      "state/get": ({ scope, key }) => this.state.get(`${scope}/${key}`) ?? { rev: 0 },
      "state/set": ({ scope, key, value, ifRev }) => {
        const rev = this.#revision(`${scope}/${key}`, ifRev) + 1;
        this.state.set(`${scope}/${key}`, { value, rev });
        return { rev };
      },
      "state/delete": ({ scope, key, ifRev }) => {
        this.#revision(`${scope}/${key}`, ifRev);
        return { deleted: this.state.delete(`${scope}/${key}`) };
      },
      "state/list": ({ scope, prefix }) => {
        const start = `${scope}/${prefix ?? ""}`;
        const keys = [...this.state].flatMap(([key, { rev }]) =>
          key.startsWith(start) ? [{ key: key.slice(`${scope}/`.length), rev }] : [],
        );
        return { keys: keys.sort((a, b) => (a.key < b.key ? -1 : 1)), more: false };
      },
    };
  }

  #revision(place: string, ifRev: unknown): number {
    const rev = this.state.get(place)?.rev ?? 0;
    if (ifRev !== undefined && ifRev !== rev)
      throw new Failure("conflict", `The revision of ${place} is ${rev}, not ${ifRev}.`);
    return rev;
  }

  #keep(what: Registered, handle = `handle-${++this.#handles}`): string {
    this.#registered.set(handle, what);
    return handle;
  }
}

/** Whether a topic fits a pattern: `*` is one token, `>` one or more at the end. */
function fits(pattern: string, topic: string): boolean {
  const tokens = topic.split(".");
  const parts = pattern.split(".");
  if (parts.at(-1) === ">") return tokens.length >= parts.length && parts.slice(0, -1).every(same(tokens));
  return parts.length === tokens.length && parts.every(same(tokens));
}

const same = (tokens: readonly string[]) => (part: string, at: number) => part === "*" || part === tokens[at];
