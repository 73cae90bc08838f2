import * as z from "zod";

/**
 * Imported first, for its effect: zod would otherwise probe whether it may compile code, and the view's
 * Content-Security-Policy answers each such probe with a violation report.
 */
z.config({ jitless: true });
