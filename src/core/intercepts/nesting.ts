/** How deep plugins that are being asked at a point are inside each other. */
export class Nesting {
  /** For each plugin that is being asked now, the depths at which. */
  readonly #asked = new Map<string, number[]>();

  /** The depth of what these plugins do: 1 where none of them is being asked. */
  depthOf(chain: readonly string[]): number {
    let deepest = 0;
    for (const plugin of chain) deepest = Math.max(deepest, ...(this.#asked.get(plugin) ?? []));
    return deepest + 1;
  }

  /** A plugin is being asked, until the answer is called. */
  enter(plugin: string, depth: number): () => void {
    const depths = this.#asked.get(plugin) ?? [];
    this.#asked.set(plugin, depths);
    depths.push(depth);
    return () => {
      depths.splice(depths.indexOf(depth), 1);
      if (depths.length === 0 && this.#asked.get(plugin) === depths) this.#asked.delete(plugin);
    };
  }
}
