import { bindShortcuts } from "./shortcuts.js";
import { renderMarkdown } from "./markdown.js";
import { searchNotes } from "./search.js";
import { NoteStore } from "./store.js";
import { SyncClient } from "./sync.js";

const store = new NoteStore(window.localStorage);
const list = document.querySelector("#notes");
const editor = document.querySelector("#editor");
const preview = document.querySelector("#preview");
const searchBox = document.querySelector("#search");

let current = null;

function openNote(id) {
  current = store.get(id);
  editor.value = current?.body ?? "";
  preview.innerHTML = renderMarkdown(editor.value);
}

function showList(notes) {
  list.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = note.title || "Untitled";
      item.addEventListener("click", () => openNote(note.id));
      return item;
    }),
  );
}

function newNote() {
  const note = store.create("");
  showList(store.all());
  openNote(note.id);
  editor.focus();
}

editor.addEventListener("input", () => {
  if (current === null) return;
  current = store.update(current.id, editor.value);
  preview.innerHTML = renderMarkdown(editor.value);
  sync.schedulePush(current);
});

searchBox.addEventListener("input", () => {
  showList(searchNotes(store.all(), searchBox.value));
});

const sync = new SyncClient(localStorage.getItem("jotter.server"), store, () => showList(store.all()));
bindShortcuts({ newNote, focusSearch: () => searchBox.focus(), trash: () => current && store.trash(current.id) });
store.purgeBin();
showList(store.all());
sync.start();
