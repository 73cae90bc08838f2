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
  eventsPerDelivery: 100,
  eventBytes: 1 * MiB,
  acknowledgeCredit: 64,
  messageContentBytes: 64 * KiB,
  stateValueBytes: 1 * MiB,
  stateTotalBytes: 50 * MiB,
  callDepth: 8,
  /** Registrations that one run holds at a time. */
  offersPerRun: 500,
  subscriptionsPerRun: 500,
  interceptsPerRun: 100,
  initializeMs: 30_000,
  defaultCallMs: 60_000,
  interceptMs: 5_000,
  cancelSettleMs: 2_000,
  progressPerSecond: 10,
  pluginTokensPerDay: 100_000,
} as const;

/** Token buckets: `perSecond` refill and `burst` size, one bucket per plugin and kind. */
export const rates = {
  messages: { perSecond: 10 / 60, burst: 10 },
  wakes: { perSecond: 2 / 60, burst: 2 },
  questions: { perSecond: 2 / 60, burst: 2 },
  shownEvents: { perSecond: 2, burst: 20 },
  logs: { perSecond: 50, burst: 500 },
  stateWrites: { perSecond: 20, burst: 50 },
} as const;

export type RateKind = keyof typeof rates;
