import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon } from "./icon.tsx";

export interface MenuEntry {
  readonly id: string;
  readonly title: string;
  readonly detail?: string;
  readonly keys?: string;
  /** Present where the entries are choices of which one is set. */
  readonly checked?: boolean;
}

interface MenuProps {
  /** What the button is called; `children` is what it shows. */
  label: string;
  entries: readonly MenuEntry[];
  onPick: (id: string) => void;
  className?: string;
  disabled?: boolean;
  children: ReactNode;
}

/** A button with a menu that opens above it: arrow keys move, Enter picks, Esc closes and gives the focus back. */
export function Menu({ label, entries, onPick, className, disabled, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (giveBack: boolean) => {
    setOpen(false);
    if (giveBack) button.current?.focus();
  };

  useEffect(() => {
    if (!open) return;
    const items = itemsOf(box.current);
    (items.find((item) => item.ariaChecked === "true") ?? items[0])?.focus();
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const items = itemsOf(box.current);
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[(to + items.length) % items.length]?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") close(false);
    else return;
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the menu inside.
    <div className="menu-anchor" ref={box} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div className="menu" role="menu" id={id} aria-label={label}>
          {entries.map((entry) => (
            <button
              key={entry.id}
              type="button"
              role={entry.checked === undefined ? "menuitem" : "menuitemradio"}
              {...(entry.checked === undefined ? {} : { "aria-checked": entry.checked })}
              tabIndex={-1}
              onClick={() => {
                close(true);
                onPick(entry.id);
              }}
            >
              <span className="menu-check">{entry.checked && <Icon name="check" />}</span>
              <span className="menu-text">
                <span className="menu-title">{entry.title}</span>
                {entry.detail && <span className="menu-detail">{entry.detail}</span>}
              </span>
              {entry.keys && <kbd>{entry.keys}</kbd>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function itemsOf(box: HTMLElement | null): HTMLElement[] {
  return Array.from(box?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []);
}
