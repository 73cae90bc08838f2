import type * as z from "zod";

/**
 * Whether a JSON value fits a schema just as it stands: nothing to fill in, nothing unknown to leave out. A schema that does not
 * understand itself here, or a value of which that is not plain, is answered false, and then the schema itself has to be
 * asked; so this may be slow to say yes, but never says it where the schema would refuse or change the value.
 */
export type Fits = (value: unknown) => boolean;

interface Part {
  readonly fits: Fits;
  /** Whether `false` means that the schema refuses the value, so that the next branch of a union may be tried. */
  readonly decides: boolean;
}

type Schema = z.core.$ZodTypes;
type Checks = readonly z.core.$ZodCheck[] | undefined;

const known = new WeakMap<z.ZodType, Fits>();
const never: Part = { fits: () => false, decides: false };
const always: Part = { fits: () => true, decides: true };

/** Looks into a schema once and remembers what came of it. Most messages fit; asking this first saves parsing and copying them. */
export function fitsOf(schema: z.ZodType): Fits {
  let fits = known.get(schema);
  if (!fits) {
    fits = partOf(schema as unknown as Schema).fits;
    known.set(schema, fits);
  }
  return fits;
}

function partOf(schema: Schema): Part {
  const { def } = schema._zod;
  switch (def.type) {
    case "unknown":
    case "any":
      return checked(def.checks, always);
    case "null":
      return { fits: (value) => value === null, decides: true };
    case "boolean":
      return checked(def.checks, { fits: (value) => typeof value === "boolean", decides: true });
    case "string":
      return stringPart(def as z.core.$ZodStringDef);
    case "number":
      return numberPart(def as z.core.$ZodNumberDef);
    case "literal":
      return oneOf(new Set<unknown>(def.values), def.checks);
    case "enum":
      return oneOf(new Set<unknown>(Object.values(def.entries)), def.checks);
    case "optional": {
      const inner = partOf(def.innerType as Schema);
      return { fits: (value) => value === undefined || inner.fits(value), decides: inner.decides };
    }
    case "default": {
      const inner = partOf(def.innerType as Schema);
      return { fits: (value) => value !== undefined && inner.fits(value), decides: false };
    }
    case "union":
      return def.inclusive === false ? never : unionPart(def);
    case "array":
      return arrayPart(def);
    case "record":
      return checked(def.checks, recordPart(def));
    case "object":
      return checked(def.checks, objectPart(def));
    default:
      return never;
  }
}

/** Checks that only a few types are looked into for; any other is left to the schema. */
function checked(checks: Checks, part: Part): Part {
  return checks && checks.length > 0 ? never : part;
}

function oneOf(values: ReadonlySet<unknown>, checks: Checks): Part {
  return checked(checks, { fits: (value) => values.has(value), decides: true });
}

function stringPart(def: z.core.$ZodStringDef): Part {
  if (def.coerce || "format" in def) return never;
  let fits: Fits = (value) => typeof value === "string";
  for (const { _zod } of def.checks ?? []) {
    const next = stringCheck(_zod.def as z.core.$ZodStringFormatChecks["_zod"]["def"]);
    if (!next) return never;
    const before = fits;
    fits = (value) => before(value) && next(value as string);
  }
  return { fits, decides: true };
}

function stringCheck(def: z.core.$ZodCheckDef): ((value: string) => boolean) | undefined {
  if (def.check !== "string_format") return lengthCheck(def);
  const { format, pattern } = def as z.core.$ZodCheckStringFormatDef;
  if (format !== "regex" || !pattern || pattern.global || pattern.sticky) return undefined;
  return (value) => pattern.test(value);
}

function lengthCheck(def: z.core.$ZodCheckDef): ((value: { length: number }) => boolean) | undefined {
  if (def.check === "min_length") {
    const { minimum } = def as z.core.$ZodCheckMinLengthDef;
    return ({ length }) => length >= minimum;
  }
  if (def.check !== "max_length") return undefined;
  const { maximum } = def as z.core.$ZodCheckMaxLengthDef;
  return ({ length }) => length <= maximum;
}

function numberPart(def: z.core.$ZodNumberDef): Part {
  if (def.coerce || "format" in def) return never;
  let fits: Fits = Number.isFinite;
  for (const { _zod } of def.checks ?? []) {
    const next = numberCheck(_zod.def);
    if (!next) return never;
    const before = fits;
    fits = (value) => before(value) && next(value as number);
  }
  return { fits, decides: true };
}

function numberCheck(def: z.core.$ZodCheckDef): ((value: number) => boolean) | undefined {
  switch (def.check) {
    case "number_format":
      return (def as z.core.$ZodCheckNumberFormatDef).format === "safeint" ? Number.isSafeInteger : undefined;
    case "greater_than": {
      const { value: least, inclusive } = def as z.core.$ZodCheckGreaterThanDef;
      if (typeof least !== "number") return undefined;
      return inclusive ? (value) => value >= least : (value) => value > least;
    }
    case "less_than": {
      const { value: most, inclusive } = def as z.core.$ZodCheckLessThanDef;
      if (typeof most !== "number") return undefined;
      return inclusive ? (value) => value <= most : (value) => value < most;
    }
    default:
      return undefined;
  }
}

/** The first branch that takes a value decides what becomes of it, so one that cannot decide hides those behind it. */
function unionPart(def: z.core.$ZodUnionDef): Part {
  if ((def as z.core.$ZodTypeDef).checks?.length) return never;
  const parts = def.options.map((option) => partOf(option as Schema));
  const hidden = parts.findIndex(({ decides }) => !decides);
  const usable = (hidden === -1 ? parts : parts.slice(0, hidden + 1)).map(({ fits }) => fits);
  const some: Fits = (value) => {
    for (const fits of usable) if (fits(value)) return true;
    return false;
  };
  return { fits: some, decides: hidden === -1 };
}

function arrayPart(def: z.core.$ZodArrayDef): Part {
  const { fits, decides } = partOf(def.element as Schema);
  const lengths = (def.checks ?? []).map(({ _zod }) => lengthCheck(_zod.def));
  if (lengths.includes(undefined)) return never;
  const all: Fits = (value) => {
    if (!Array.isArray(value)) return false;
    for (const fitsLength of lengths) if (!fitsLength?.(value)) return false;
    for (const item of value) if (!fits(item)) return false;
    return true;
  };
  return { fits: all, decides };
}

/** Only maps from any text; keys that have to fit something are left to the schema. */
function recordPart(def: z.core.$ZodRecordDef): Part {
  const { def: key } = (def.keyType as Schema)._zod;
  const anyKey = key.type === "string" && !key.checks?.length && !("format" in key);
  if (!anyKey || (def.mode ?? "strict") !== "strict") return never;
  const values = partOf(def.valueType as Schema);
  const all: Fits = (value) => {
    if (!isPlain(value) || Object.hasOwn(value, "__proto__")) return false;
    if (values === always) return true;
    for (const key in value) if (!values.fits(value[key])) return false;
    return true;
  };
  return { fits: all, decides: false };
}

function objectPart(def: z.core.$ZodObjectDef): Part {
  const catchall = (def.catchall as Schema | undefined)?._zod.def.type;
  if (catchall !== undefined && catchall !== "never") return never;
  const fields = new Map<string, Fits>();
  const needed = new Set<string>();
  let decides = catchall === "never";
  for (const [name, field] of Object.entries(def.shape)) {
    const part = partOf(field as Schema);
    fields.set(name, part.fits);
    // Whether a field that takes anything may be missing is for the schema to say.
    decides &&= part.decides && part !== always;
    if ((field as Schema)._zod.def.type !== "optional") needed.add(name);
  }
  const all: Fits = (value) => {
    if (!isPlain(value)) return false;
    let found = 0;
    for (const key in value) {
      const fits = fields.get(key);
      if (!fits?.(value[key])) return false;
      if (needed.has(key)) found++;
    }
    return found === needed.size;
  };
  return { fits: all, decides };
}

/** What JSON makes, or looks like it: no class of anybody's. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
