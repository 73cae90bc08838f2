/** As much of a property's JSON Schema as is needed to ask a person for its value. */
export interface ArgumentSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
}

export interface Choice {
  readonly label: string;
  readonly value?: unknown;
  /** Set on the choice to give no value at all. */
  readonly leftOut?: true;
}

/** The values of an enum as a person picks them, each with the value itself; one that is not required can be left out. */
export function choicesOf(values: readonly unknown[], required: boolean): Choice[] {
  const choices = values.map((value) => ({ label: typeof value === "string" ? value : JSON.stringify(value), value }));
  return required ? choices : [{ label: "(leave out)", leftOut: true }, ...choices];
}

/** What was typed, as the schema has it: text stays text, and what is JSON of another type is taken as that. */
export function valueFrom(text: string, { type }: ArgumentSchema): unknown {
  if (type === "string" || type === undefined) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
