/** Subscribers for tests of the bus. */
import { FakeClock } from "../../../../src/base/clock.ts";
import { type Deferred, deferred } from "../../../../src/base/deferred.ts";
import { countingIds } from "../../../../src/base/ids.ts";
import { EventBus, type EventBusOptions } from "../../../../src/core/events/bus.ts";
import type { Batch } from "../../../../src/core/events/mailbox.ts";
import type { Publication } from "../../../../src/core/events/publication.ts";
import type { JournalRow } from "../../../../src/core/journal/records.ts";
import { deliverParams, type Subscription } from "../../../../src/protocol/plugin/events.ts";

/** A bus on a clock that stands, with what it wrote down. */
export function setUp(options: Partial<EventBusOptions> = {}) {
  const journal: JournalRow[] = [];
  const logs: string[] = [];
  const clock = new FakeClock(50);
  const bus = new EventBus({
    clock,
    ids: countingIds(),
    logger: { log: (_level, message) => logs.push(message) },
    onJournal: (row) => journal.push(row),
    ...options,
  });
  const say = (type: string, more: Partial<Publication> = {}) =>
    bus.publish({ type, source: "a", data: null, ...more });
  const keep = (type: string, more: Partial<Publication> = {}) =>
    bus.publishKept({ type, source: "a", data: null, ...more });
  return { bus, journal, logs, clock, say, keep };
}

/** A subscriber that takes everything at once, or only what it is told to take. */
export class Hearer {
  readonly batches: Batch[] = [];
  readonly answers: Deferred<void>[] = [];
  slow = false;

  readonly deliver = (batch: Batch): Promise<void> | void => {
    deliverParams.parse({ subscription: "s", ...batch });
    this.batches.push(batch);
    if (!this.slow) return;
    const answer = deferred<void>();
    this.answers.push(answer);
    return answer.promise;
  };

  get seqs(): number[] {
    return this.batches.flatMap(({ events }) => events.map(({ seq }) => seq));
  }

  get types(): string[] {
    return this.batches.flatMap(({ events }) => events.map(({ type }) => type));
  }

  get lost(): number {
    return this.batches.reduce((sum, { lost }) => sum + (lost?.count ?? 0), 0);
  }
}

/** Lets all that is queued in microtasks happen. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Subscribes somebody who hears. */
export function listen(
  bus: EventBus,
  topic: string,
  spec: Partial<Subscription> & { subscriber?: string; slow?: boolean } = {},
) {
  const { subscriber = "m", slow = false, ...rest } = spec;
  const hearer = new Hearer();
  hearer.slow = slow;
  const subscription = bus.subscribe({ subscriber, spec: { topic, ...rest }, deliver: hearer.deliver });
  return Object.assign(hearer, { dispose: () => subscription.dispose() });
}
