import { daysBetween } from "./dates.js";

const STORAGE_KEY = "jotter.notes";
/** How long a note stays in the bin. */
export const BIN_DAYS = 14;

/** All notes of this browser. */
export class NoteStore {
  #storage;
  #notes;

  constructor(storage) {
    this.#storage = storage;
    this.#notes = new Map(JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]").map((note) => [note.id, note]));
  }

  /** Notes that are not in the bin, the newest first. */
  all() {
    return [...this.#notes.values()]
      .filter((note) => note.trashedAt === undefined)
      .sort((a, b) => b.changedAt - a.changedAt);
  }

  get(id) {
    return this.#notes.get(id) ?? null;
  }

  create(body) {
    const note = { id: crypto.randomUUID(), title: titleOf(body), body, tags: [], revision: 0, changedAt: Date.now() };
    this.#notes.set(note.id, note);
    this.#save();
    return note;
  }

  update(id, body) {
    const note = this.#notes.get(id);
    if (note === undefined) throw new Error(`There is no note ${id}`);
    Object.assign(note, { body, title: titleOf(body), tags: tagsOf(body), changedAt: Date.now() });
    this.#save();
    return note;
  }

  trash(id) {
    const note = this.#notes.get(id);
    if (note) note.trashedAt = Date.now();
    this.#save();
  }

  /** Deletes what has been in the bin for too long. */
  purgeBin(now = Date.now()) {
    for (const note of this.#notes.values()) {
      if (note.trashedAt !== undefined && daysBetween(note.trashedAt, now) > BIN_DAYS) this.#notes.delete(note.id);
    }
    this.#save();
  }

  /** Everything as JSON, for a backup. */
  exportAll() {
    return JSON.stringify({ version: 1, notes: [...this.#notes.values()] }, null, 2);
  }

  /** Adds the notes of a backup; a newer note of ours stays. */
  importAll(text) {
    const { notes } = JSON.parse(text);
    let added = 0;
    for (const note of notes) {
      const mine = this.#notes.get(note.id);
      if (mine && mine.changedAt >= note.changedAt) continue;
      this.#notes.set(note.id, note);
      added++;
    }
    this.#save();
    return added;
  }

  #save() {
    try {
      this.#storage.setItem(STORAGE_KEY, JSON.stringify([...this.#notes.values()]));
    } catch (error) {
      // Browsers throw when the quota is used up.
      throw new Error("The storage of this browser is full", { cause: error });
    }
  }
}

function titleOf(body) {
  return body.split("\n", 1)[0].replace(/^#+\s*/, "").slice(0, 80);
}

function tagsOf(body) {
  return [...new Set([...body.matchAll(/(?<=^|\s)#([\p{L}\d-]+)/gu)].map((match) => match[1].toLowerCase()))];
}
