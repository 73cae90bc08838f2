/** A function that programs may call. `arity` is how many values it takes, at least and at most. */
export interface TallyFunction {
  arity: [least: number, most: number];
  apply(...values: number[]): number;
}

/** The functions by name. Rounding is half away from zero, as people do it with money. */
export const functions: Readonly<Record<string, TallyFunction>> = {
  abs: { arity: [1, 1], apply: Math.abs },
  max: { arity: [1, 20], apply: Math.max },
  min: { arity: [1, 20], apply: Math.min },
  round: { arity: [1, 2], apply: round },
  sqrt: { arity: [1, 1], apply: Math.sqrt },
};

function round(value: number, digits = 0): number {
  const scale = 10 ** digits;
  return (Math.sign(value) * Math.round(Math.abs(value) * scale)) / scale;
}
