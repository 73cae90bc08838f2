import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/dispose.ts";
import type { CountedRow } from "../journal/countedRows.ts";
import type { Lease } from "../journal/records.ts";
import type { StorePort } from "../ports.ts";
import type { Lost } from "./losses.ts";
import type { RetainedEvent } from "./retained.ts";

/** Events of one kind that were kept and given up before anybody acknowledged them, as those are told who come for them. */
export interface Loss {
  readonly id: string;
  readonly owner: string;
  readonly source: string;
  readonly type: string;
  readonly to?: string;
  readonly toOwner?: string;
  readonly conversation?: string;
  lost: Lost;
}

/** One row of what outlives the window: an event until it is acknowledged, the last one under a key, or what was given up. */
export interface RetainedRecord {
  readonly id: string;
  /** The first folder of the window in which it was published; empty where there was none. */
  readonly workspace: string;
  /** Which window has it; none for the last ones, which the windows of a workspace share. */
  readonly lease?: Lease;
  readonly kept?: RetainedEvent;
  readonly latest?: { readonly key: string; readonly retained: RetainedEvent };
  readonly lost?: Loss;
  /** What the journal has counted and not told yet. */
  readonly counted?: CountedRow;
}

export interface RetainedRowsParts {
  readonly store: Pick<
    StorePort,
    "readOnly" | "saveRetained" | "deleteRetained" | "sharedRetained" | "retainedLeases" | "takeRetained"
  >;
  readonly workspace: string;
  readonly lease: Lease;
  /** Whether the process of another lease is alive: what it has is its own. */
  readonly alive: (lease: Lease) => Promise<boolean>;
  readonly clock: Clock;
  /** Told when something could not be read or written. */
  readonly failed: (error: unknown) => void;
}

/** How long until it is looked again whether another window of the workspace is gone: at first, and at most, in milliseconds. */
const lookAgainMs = { first: 1_000, most: 60_000 } as const;

/**
 * What the bus retains, in the store. An event that is kept is written at once, for somebody waits for it; all else is
 * written behind, one write at a time, each with the newest of every row. An event belongs to the window in which it
 * was published, and once that one's process is gone to the next of its workspace that takes it: never to two at a
 * time.
 */
export class RetainedRows implements Disposable {
  readonly #parts: RetainedRowsParts;
  /** What is to be written; undefined for what is to be deleted. */
  #behind = new Map<string, RetainedRecord | undefined>();
  #writing: Promise<void> | undefined;
  #timer: Disposable | undefined;
  #disposed = false;

  constructor(parts: RetainedRowsParts) {
    this.#parts = parts;
  }

  /**
   * All that is of this workspace and of no other window that lives, in the order in which it was written; nothing
   * where that fails.
   */
  async load(): Promise<RetainedRecord[]> {
    const { store, workspace, failed } = this.#parts;
    try {
      return [...(await store.sharedRetained(workspace)), ...(await this.#take(true)).records];
    } catch (error) {
      failed(error);
      return [];
    }
  }

  /** Looks from time to time whether another window of the workspace is gone that had something, also one that opens later. */
  follow(take: (records: RetainedRecord[]) => void): void {
    const look = async (waitMs: number): Promise<void> => {
      if (this.#disposed || this.#parts.store.readOnly !== undefined) return;
      const { records, others } = await this.#take(false);
      if (records.length > 0) take(records);
      wait(others ? Math.min(lookAgainMs.most, waitMs * 2) : lookAgainMs.most);
    };
    const wait = (ms: number) => {
      if (this.#disposed) return;
      const failed = (error: unknown) => {
        this.#parts.failed(error);
        wait(lookAgainMs.most);
      };
      this.#timer = this.#parts.clock.after(ms, () => void look(ms).catch(failed));
    };
    wait(lookAgainMs.first);
  }

  /** Resolves when the event is on disk; rejects with the store's failure. */
  async keep(retained: RetainedEvent): Promise<void> {
    const { store, workspace, lease } = this.#parts;
    await store.saveRetained([{ id: retained.id, workspace, lease, kept: retained }]);
  }

  putLatest(key: string, retained: RetainedEvent): void {
    const { workspace } = this.#parts;
    const id = latestId(workspace, retained.owner, key);
    this.#later(id, { id, workspace, latest: { key, retained } });
  }

  removeLatest(key: string, { owner }: RetainedEvent): void {
    this.#later(latestId(this.#parts.workspace, owner, key), undefined);
  }

  putLoss(loss: Loss): void {
    const { workspace, lease } = this.#parts;
    this.#later(loss.id, { id: loss.id, workspace, lease, lost: { ...loss } });
  }

  /** Removes an event that was kept, or a loss. */
  remove(id: string): void {
    this.#later(id, undefined);
  }

  /** Resolves when all that was asked for is written, or could not be. */
  async written(): Promise<void> {
    this.#write();
    while (this.#writing) await this.#writing;
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
  }

  /** With `own` also what this process had before its window was loaded; later that is what this window itself has. */
  async #take(own: boolean): Promise<{ records: RetainedRecord[]; others: boolean }> {
    const { store, workspace, lease, alive } = this.#parts;
    const gone: Lease[] = [];
    let others = false;
    for (const other of await store.retainedLeases(workspace)) {
      const isOwn = other.pid === lease.pid && other.started === lease.started;
      if (isOwn ? own : !(await alive(other))) gone.push(other);
      else if (!isOwn) others = true;
    }
    return { records: await store.takeRetained(workspace, gone, lease), others };
  }

  #later(id: string, record: RetainedRecord | undefined): void {
    this.#behind.set(id, record);
    this.#write();
  }

  #write(): void {
    if (this.#writing || this.#behind.size === 0) return;
    const { store, failed } = this.#parts;
    const rows = this.#behind;
    this.#behind = new Map();
    const saved = [...rows.values()].filter((row) => row !== undefined);
    const deleted = [...rows].flatMap(([id, row]) => (row === undefined ? [id] : []));
    const writes: Promise<void>[] = [];
    if (saved.length > 0) writes.push(store.saveRetained(saved));
    if (deleted.length > 0) writes.push(store.deleteRetained(deleted));
    this.#writing = Promise.all(writes).then(
      () => {
        this.#writing = undefined;
        this.#write();
      },
      (error: unknown) => {
        this.#writing = undefined;
        // With the next change it is tried again, unless something newer is to be written by then.
        this.#behind = new Map([...rows, ...this.#behind]);
        failed(error);
      },
    );
  }
}

function latestId(workspace: string, owner: string, key: string): string {
  return `latest ${JSON.stringify([workspace, owner, key])}`;
}
