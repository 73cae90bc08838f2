/** What another extension says under `contributes.parleyPlugins`; nothing of it is checked yet. Plain values. */
export interface Contribution {
  /** The extension's id, in lower case: `publisher.name`. */
  readonly id: string;
  /** The version that the window has loaded. */
  readonly version: string;
  /** Where the extension lies on this machine, absolute; undefined when it lies elsewhere. */
  readonly folder: string | undefined;
  /** Should be a list of `./relative` paths. */
  readonly entries: unknown;
}
