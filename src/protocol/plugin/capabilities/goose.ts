import * as z from "zod";

const count = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();

const scheduled = z.object({
  name: z.string().min(1),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).optional(),
  path: z.string(),
  weight: z.number().int().min(1).optional(),
  body: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  query: z.record(z.string(), z.string()).optional(),
  thinkTimeMs: z.number().int().min(0).max(600_000).optional(),
});

/** `goose.run`: one load test; what is left out is as the provider's settings say. */
export const gooseRunInput = z.object({
  target: z.string().optional(),
  users: z.number().int().min(1).max(100_000).optional(),
  hatchRate: z.number().min(1).max(100_000).optional(),
  runTimeSeconds: z.number().int().min(1).max(86_400).optional(),
  timeoutSeconds: z.number().int().min(1).max(600).optional(),
  gracefulStopSeconds: z.number().int().min(0).max(3600).optional(),
  throttleRps: z.number().min(0).max(100_000).optional(),
  verifyTls: z.boolean().optional(),
  stickyCookies: z.boolean().optional(),
  followRedirects: z.boolean().optional(),
  globalHeaders: z.record(z.string(), z.string()).optional(),
  schedule: z.array(scheduled).optional(),
});

const metrics = z.object({
  total: count,
  success: count,
  failed: count,
  requestsPerSecond: z.number().nonnegative(),
  averageMs: milliseconds,
  p50Ms: milliseconds,
  p95Ms: milliseconds,
  p99Ms: milliseconds,
  bytesSent: count,
  bytesReceived: count,
});

/** A load test, over or not. Times are ISO 8601; success is an answer of 2xx. */
export const gooseRun = z.object({
  id: z.string(),
  state: z.enum(["idle", "starting", "running", "stopping", "stopped", "completed", "failed"]),
  target: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  error: z.string().optional(),
  metrics: metrics.optional(),
  entries: z.array(metrics.extend({ name: z.string() })).optional(),
});

/** `goose.stop` and `goose.status` take nothing and answer with the latest run. */
export const gooseNothing = z.object({});
/** `goose.history`: the runs that are over, the latest first. */
export const gooseHistoryInput = z.object({ limit: z.number().int().min(1).max(200).optional() });
export const gooseHistoryOutput = z.object({ runs: z.array(gooseRun) });
