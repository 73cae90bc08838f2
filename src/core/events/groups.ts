import type { PluginEvent } from "../../protocol/plugin/events.ts";

/** A member of a queue group, by how much it has to do. */
interface Member {
  readonly mailbox: { readonly load: number };
}

/** More groups than this begin their turns anew. */
const mostGroups = 10_000;

/** Whose turn it is in each queue group: of those who have the least to do, one after another. Knows what a group has had. */
export class GroupTurns {
  readonly #turns = new Map<string, number>();
  /** For as long as somebody holds the event. */
  readonly #given = new WeakMap<PluginEvent, Set<string>>();

  /** A member of the group gets the event. */
  gave(group: string, event: PluginEvent): void {
    const groups = this.#given.get(event) ?? new Set();
    this.#given.set(event, groups.add(group));
  }

  had(group: string, event: PluginEvent): boolean {
    return this.#given.get(event)?.has(group) === true;
  }

  /** The member that gets the next event, or none where there are no members. */
  choose<M extends Member>(group: string, members: readonly M[]): M[] {
    const least = Math.min(...members.map(({ mailbox }) => mailbox.load));
    const idle = members.filter(({ mailbox }) => mailbox.load === least);
    const turn = this.#turns.get(group) ?? 0;
    if (this.#turns.size > mostGroups) this.#turns.clear();
    this.#turns.set(group, turn + 1);
    const chosen = idle[turn % idle.length];
    return chosen ? [chosen] : [];
  }
}
