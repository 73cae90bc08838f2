import { Failure } from "../../base/failure.ts";
import {
  type HostPoint,
  hostPoints,
  type PointSpec,
  subjectSchemas,
  toolSubject,
} from "../../protocol/plugin/intercepts.ts";
import type { Offer } from "../../protocol/plugin/offers.ts";
import { firstIssue } from "../plugins/issues.ts";
import type { Phase } from "./selection.ts";

/** The fields of each subject that an intercept may change, by phase. All others stay as the host stated them. */
const changeable: Record<HostPoint, Record<Phase, readonly string[]>> = {
  turn: { before: [], after: [] },
  step: { before: ["tools"], after: [] },
  model: { before: ["messages", "tools"], after: ["result"] },
  tool: { before: ["args"], after: ["result"] },
  call: { before: ["args"], after: ["result"] },
  message: { before: ["content"], after: [] },
  edit: { before: [], after: [] },
  compaction: { before: ["instructions"], after: ["result"] },
  conversation: { before: ["title"], after: [] },
  gateway: { before: ["body"], after: ["result"] },
};

/** Any other point is the call of an offer, or of a plugin's own point, which is one. */
function known(point: string): HostPoint {
  return hostPoints.find((one) => one === point) ?? "call";
}

/** What is wrong with a subject that an intercept changed, by the point's own schema; undefined where nothing is. */
export function subjectFlaw(
  point: string,
  phase: Phase,
  before: Record<string, unknown>,
  changed: Record<string, unknown>,
): Failure | undefined {
  const kind = known(point);
  const free = changeable[kind][phase];
  const field = Object.keys(changed).find((key) => !free.includes(key) && !same(changed[key], before[key]));
  if (field !== undefined) {
    const may = free.length === 0 ? "nothing can be changed" : `only \`${free.join("`, `")}\` can be changed`;
    return new Failure(
      "invalidParams",
      `${phase === "after" ? "After the fact" : `At "${point}"`} ${may}, not \`${field}\`.`,
    );
  }
  const schema = kind === "call" ? toolSubject : subjectSchemas[kind];
  const parsed = schema.safeParse(changed);
  if (parsed.success) return undefined;
  return new Failure("invalidParams", `It does not fit the subject of "${point}": ${firstIssue(parsed.error, "it")}.`);
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** The point that a plugin declares itself. */
export function ownPoint(plugin: string, name: string): string {
  return `${plugin}:${name}`;
}

/** A point of a plugin's own as what it is: an offer that its plugin calls itself, with the subject as the arguments. */
export function offerOfPoint({ name, description, subject }: PointSpec): Offer {
  return { name, description, ...(subject && { input: subject }), action: "read", facets: { point: true } };
}
