import type { Rule, Want } from "../../protocol/rules.ts";
import { principals } from "./targets.ts";

/** What a plugin that the person let in is still asked about when it does it for the first time. */
const askedAtFirstUse: ReadonlySet<Want["verb"]> = new Set(["act", "spend"]);

/** A plugin as the rulebook knows it. */
export interface RightsHolder {
  readonly name: string;
  /** Source, publisher and name, for example `bundled/parley-dev/hello`: what a grant is tied to. At most 256 characters. */
  readonly key: string;
  readonly wants: readonly Want[];
  /** Whether wants count as granted until the person revokes them (bundled plugins); else they wait for the person. */
  readonly grantedFromStart: boolean;
  /** The names of the offers whose word that they only read is accepted; `all`, also those to come, of a bundled plugin. */
  readonly readOffers: "all" | readonly string[];
  /** What its process wishes to reach beside its own folders, and what is installed for it; one line each. */
  readonly reach?: readonly string[];
}

/**
 * The grants of a plugin, one for each want, also those that are not in force (`revoked`). What a person decided (`kept`) holds
 * where key, verb, target and action are the same; a want that is new or wider has nothing kept and starts anew.
 */
export function grantsFor(plugin: RightsHolder, kept: readonly Rule[]): Rule[] {
  const grants = new Map<string, Rule>();
  for (const want of plugin.wants) {
    const asks = !plugin.grantedFromStart && askedAtFirstUse.has(want.verb);
    const fresh: Rule = {
      id: grantId(plugin.key, want),
      ...rightOf(plugin, want),
      effect: asks ? "ask" : "allow",
      ...(asks ? { firstUse: true } : {}),
      revoked: !plugin.grantedFromStart,
    };
    const decided = kept.find((rule) => rule.id === fresh.id && sameRight(rule, fresh));
    grants.set(fresh.id, decided ? { ...fresh, revoked: decided.revoked ?? false } : fresh);
  }
  return [...grants.values()];
}

/** A grant of what a plugin asked for at run time, which its manifest does not state. */
export function requestedGrant(plugin: RightsHolder, want: Want): Rule {
  return { id: grantId(plugin.key, want, requested), ...rightOf(plugin, want), effect: "allow", revoked: false };
}

/** Those of the kept rules that are grants of what this plugin asked for at run time, also the revoked ones. */
export function requestedGrants(plugin: RightsHolder, kept: readonly Rule[]): Rule[] {
  const who = principals.plugin(plugin.name);
  return kept.filter((rule) => rule.grant === plugin.key && rule.who === who && rule.id.startsWith(requested));
}

const requested = "requested:";

/** What a grant says of a want, whatever is decided on it. */
function rightOf({ name, key }: RightsHolder, { verb, target, action, why }: Want) {
  const who = principals.plugin(name);
  return { who, verb, target, ...(action === undefined ? {} : { action }), why, source: "grant" as const, grant: key };
}

function sameRight(one: Rule, other: Rule): boolean {
  return (
    one.grant === other.grant &&
    one.who === other.who &&
    one.verb === other.verb &&
    one.target === other.target &&
    one.action === other.action &&
    one.source === other.source
  );
}

/** The same for the same want of the same plugin, in every window and version; at most 128 characters. */
function grantId(key: string, want: Want, kind = "grant:"): string {
  const whole = `${kind}${key}:${want.verb}:${want.target}${want.action === undefined ? "" : `:${want.action}`}`;
  return whole.length <= 128 ? whole : `${whole.slice(0, 110)}~${hash(whole)}`;
}

/** A short name for a long text (FNV-1a over 64 bits). Grants are compared in full besides, so it need not withstand an attack. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const character of text) {
    value ^= BigInt(character.codePointAt(0) ?? 0);
    value = BigInt.asUintN(64, value * 0x100000001b3n);
  }
  return value.toString(36);
}
