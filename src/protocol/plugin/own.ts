import * as z from "zod";

/** What a plugin says of how it is, on `self.health`. `busy` is up, and not to be stopped for being idle. */
export const healthReport = z.object({
  status: z.enum(["up", "degraded", "down", "busy"]),
  detail: z.string().max(1_000).optional(),
});

/** Figures of a plugin about itself, on `self.telemetry`: `cpu` in percent of one core, `mem_bytes`, and others of its own. */
export const telemetrySample = z
  .record(z.string().min(1).max(64), z.number())
  .refine((sample) => Object.keys(sample).length <= 50, "must have at most 50 figures");
export type TelemetrySample = z.infer<typeof telemetrySample>;

/** The schema of what a plugin says about itself, by topic; `self.log` is free. */
export const ownWords: Readonly<Record<string, z.ZodType>> = {
  "self.health": healthReport,
  "self.telemetry": telemetrySample,
};
