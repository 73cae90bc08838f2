import type { ActivityData } from "../protocol/plugin/activity.ts";

type Kind = "created" | "changed" | "deleted";

/** As many paths are listed in one event. */
const mostListed = 100;
/** As many are told apart while they are gathered; more are only counted. */
const mostKnown = 5_000;

/** Gathers what becomes of files until it is told: what came and went again was nothing, what went and came back has changed. */
export class FileChanges {
  readonly #known = new Map<string, Kind>();
  #more = 0;

  add(path: string, now: Kind): void {
    const before = this.#known.get(path);
    if (before === undefined && this.#known.size >= mostKnown) this.#more++;
    else if (before === "created" && now === "deleted") this.#known.delete(path);
    else if (before === "created") return;
    else this.#known.set(path, before === "deleted" && now !== "deleted" ? "changed" : now);
  }

  /** What there is to tell, and nothing of it again; undefined where there is nothing. */
  take(): ActivityData<"workspace.filesChanged"> | undefined {
    const all = [...this.#known];
    const more = this.#more + Math.max(0, all.length - mostListed);
    this.#known.clear();
    this.#more = 0;
    if (all.length + more === 0) return undefined;
    const listed = all.slice(0, mostListed);
    const of = (wanted: Kind) => listed.flatMap(([path, kind]) => (kind === wanted ? [path] : []));
    const data = { created: of("created"), changed: of("changed"), deleted: of("deleted") };
    return more > 0 ? { ...data, more } : data;
  }
}
