import * as z from "zod";

const collection = z.string().min(1);
const metadata = z.record(z.string(), z.unknown());

/** `memory.index`: puts documents into a collection, in the place of those with the same id. */
export const memoryIndexInput = z.object({
  collection,
  documents: z.array(z.object({ id: z.string().optional(), text: z.string(), metadata: metadata.optional() })).min(1),
  embed: z.boolean().optional(),
  fts: z.boolean().optional(),
});
export const memoryIndexOutput = z.object({ ids: z.array(z.string()) });

/** `memory.search`: by a text or by a vector; the best first, with scores from 0 to 1. */
export const memorySearchInput = z
  .object({
    collection,
    query: z.string().optional(),
    vector: z.array(z.number()).optional(),
    topK: z.number().int().min(1).optional(),
    hybrid: z.boolean().optional(),
    filters: z.array(z.object({ field: z.string(), value: z.unknown(), operator: z.string().optional() })).optional(),
  })
  .refine(({ query, vector }) => query !== undefined || vector !== undefined, "give a query or a vector");
export const memorySearchOutput = z.object({
  results: z.array(
    z.object({ id: z.string(), text: z.string(), score: z.number().min(0).max(1), metadata: metadata.optional() }),
  ),
});

/** `memory.stats`: what there is. */
export const memoryStatsInput = z.object({ collection: collection.optional() });
export const memoryStatsOutput = z.object({
  collections: z.array(z.object({ name: collection, documents: z.number().int().nonnegative() })),
});
