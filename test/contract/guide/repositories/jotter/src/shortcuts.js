/** Binds the keys that docs/shortcuts.md lists. */
export function bindShortcuts({ newNote, focusSearch, trash }) {
  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") document.activeElement?.blur();
    if (!command) return;
    const action = { n: newNote, k: focusSearch, d: event.shiftKey ? trash : undefined }[event.key.toLowerCase()];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
