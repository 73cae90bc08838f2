/** Milliseconds in a person's words: `0.4 s`, `12 s`, `3 min 5 s`. Below 100 ms nothing worth saying. */
export function elapsed(ms: number): string {
  if (!(ms >= 100)) return "";
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago, short: `now`, `5 min`, `3 h`, `2 d`, then the date. */
export function ago(timestamp: number, now: number): string {
  const minutes = Math.floor((now - timestamp) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / 60 / 24)} d`;
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(timestamp);
}

/** The time of day with seconds, in the person's own notation. */
export function clockTime(timestamp: number): string {
  return timeOfDay.format(timestamp);
}
const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Date and time for a tooltip. */
export function fullTime(timestamp: number): string {
  return dateAndTime.format(timestamp);
}
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A count of tokens: `950`, `12.3k`, `1.2M`. */
export function count(value: number): string {
  if (value < 1000) return String(value);
  if (value < 999_950) return `${trim(value / 1000)}k`;
  return `${trim(value / 1_000_000)}M`;
}
const trim = (value: number) => value.toFixed(1).replace(/\.0$/, "");

/** Who made a call, in words; a plugin by its name. */
export function callerWords(caller: string): string {
  return (
    { person: "you", agent: "the agent", extension: "another extension" }[caller] ?? caller.replace(/^plugin:/, "")
  );
}

/** The kinds of rules by the beginnings of their names, and those that stand for no rule of the list. */
const ruleKinds: readonly (readonly [string, string])[] = [
  ["default:agent-call", "no rule lets the agent do this without asking"],
  ["default:", "no rule speaks of it"],
  ["builtin:", "a rule of Parley"],
  ["grant:", "a right that the plugin was granted"],
  ["person:", "a rule or an answer of yours"],
];

/** What kind of rule it was, where all that is known is its name; any other text stays as it is. */
export function ruleKind(rule: string): string {
  return ruleKinds.find(([beginning]) => rule.startsWith(beginning))?.[1] ?? rule;
}

/**
 * What shows nothing itself but hides text, or turns the direction in which the text around it is read; emoji and
 * scripts need others.
 */
const treacherous = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\udc7f]/g;

/** Text in which nothing is hidden: what cannot be seen, or turns what stands around it, is written as JSON escapes it. */
export function unmasked(text: string): string {
  return text.replace(treacherous, (sign) => sign.split("").map(escaped).join(""));
}
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON laid out for reading, with nothing hidden in it; text that is not JSON stays as it is. */
export function pretty(text: string): string {
  try {
    return unmasked(JSON.stringify(JSON.parse(text), undefined, 2));
  } catch {
    return text;
  }
}

/** Why a text is no JSON object, in one sentence, or nothing when it is one. */
export function jsonProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return undefined;
    return "The arguments must be a JSON object, in braces.";
  } catch (error) {
    return `This is not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
