import type * as z from "zod";

/** What the layers that check values against the protocol need to name, so that only this folder knows the library. */
export type Schema = z.ZodType;
export type SchemaError = z.ZodError;
export type SchemaIssue = z.core.$ZodIssue;
