const KiB = 1024;
const MiB = 1024 * KiB;

/** Limits of the channel, in bytes, counts and milliseconds. Settings may change those that are not part of the framing. */
export const limits = {
  headerBytes: 8 * KiB,
  bodyBytes: 16 * MiB,
  bodyTimeoutMs: 30_000,
  outstandingRequests: 64,
  outboundBytes: 32 * MiB,
  undispatchedMessages: 1_024,
  /** Objects and arrays inside each other. */
  nesting: 200,
  eventQueueCount: 1_000,
  eventQueueBytes: 8 * MiB,
  /** What one source keeps until it is acknowledged, and apart from that as the latest. */
  keptEventCount: 1_000,
  keptEventBytes: 8 * MiB,
  eventsPerDelivery: 100,
  eventBytes: 1 * MiB,
  acknowledgeCredit: 64,
  messageContentBytes: 64 * KiB,
  stateValueBytes: 1 * MiB,
  stateTotalBytes: 50 * MiB,
  /** A result of a call; a larger one comes as a reference. */
  resultBytes: 4 * MiB,
  /** A plugin's own database: its file, one answer (rows, and bytes as JSON), one request's time, and its memory. */
  databaseBytes: 100 * MiB,
  databaseRows: 10_000,
  databaseResultBytes: 4 * MiB,
  databaseMs: 5_000,
  databaseMemoryBytes: 256 * MiB,
  callDepth: 8,
  /** Events that lead to one another, each published by the handler of the one before. */
  eventHops: 8,
  /** Calls in the background that a plugin is called for at a time. */
  backgroundCalls: 24,
  /** Registrations that one run holds at a time. */
  offersPerRun: 500,
  subscriptionsPerRun: 500,
  interceptsPerRun: 100,
  initializeMs: 30_000,
  defaultCallMs: 60_000,
  interceptMs: 5_000,
  cancelSettleMs: 2_000,
  progressPerSecond: 10,
  /** Pieces of one streaming result that may be on their way unconsumed, and their bytes. */
  streamCount: 64,
  streamBytes: 1 * MiB,
  pluginTokensPerDay: 100_000,
} as const;

/** Token buckets: `perSecond` refill and `burst` size, one bucket per plugin and kind. */
export const rates = {
  messages: { perSecond: 10 / 60, burst: 10 },
  wakes: { perSecond: 2 / 60, burst: 2 },
  questions: { perSecond: 2 / 60, burst: 2 },
  shownEvents: { perSecond: 2, burst: 20 },
  logs: { perSecond: 50, burst: 500 },
  telemetry: { perSecond: 1, burst: 10 },
  stateWrites: { perSecond: 20, burst: 50 },
  keptEvents: { perSecond: 50, burst: 500 },
} as const;

export type RateKind = keyof typeof rates;
export type LimitName = keyof typeof limits;
/** All limits with the values that are in force. */
export type Limits = Readonly<Record<LimitName, number>>;
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * The least and the most that a person may set each limit to. What is missing belongs to the framing or to the messages'
 * schemas, which both sides must agree on, and cannot be set.
 */
export const limitRanges = {
  outstandingRequests: [8, 1_024],
  outboundBytes: [1 * MiB, 256 * MiB],
  undispatchedMessages: [16, 65_536],
  eventQueueCount: [10, 100_000],
  eventQueueBytes: [64 * KiB, 256 * MiB],
  keptEventCount: [1, 100_000],
  keptEventBytes: [64 * KiB, 256 * MiB],
  eventsPerDelivery: [1, 100],
  eventBytes: [1 * KiB, 8 * MiB],
  acknowledgeCredit: [1, 1_000],
  messageContentBytes: [1 * KiB, 64 * KiB],
  stateValueBytes: [1 * KiB, 8 * MiB],
  stateTotalBytes: [64 * KiB, 1_024 * MiB],
  resultBytes: [64 * KiB, 8 * MiB],
  databaseBytes: [64 * KiB, 16_384 * MiB],
  databaseRows: [1, 1_000_000],
  databaseResultBytes: [1 * KiB, 8 * MiB],
  databaseMs: [100, 600_000],
  databaseMemoryBytes: [64 * MiB, 4_096 * MiB],
  callDepth: [1, 64],
  eventHops: [1, 64],
  backgroundCalls: [1, 512],
  offersPerRun: [1, 500],
  subscriptionsPerRun: [1, 500],
  interceptsPerRun: [1, 100],
  initializeMs: [1_000, 600_000],
  defaultCallMs: [1_000, 3_600_000],
  interceptMs: [100, 60_000],
  cancelSettleMs: [100, 60_000],
  progressPerSecond: [1, 1_000],
  streamCount: [1, 10_000],
  streamBytes: [16 * KiB, 256 * MiB],
  pluginTokensPerDay: [0, 1_000_000_000],
} as const satisfies Partial<Record<LimitName, readonly [number, number]>>;

/** The same for the two numbers of each rate. */
export const rateRanges = { perSecond: [0.001, 100_000], burst: [1, 1_000_000] } as const;
