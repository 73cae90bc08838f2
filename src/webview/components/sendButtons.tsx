import type { SendHow } from "../actions.ts";
import { Icon, IconButton } from "./icon.tsx";
import { Menu } from "./menu.tsx";

interface SendButtonsProps {
  busy: boolean;
  empty: boolean;
  onSend: (how: SendHow) => void;
  onStop: () => void;
}

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const control = mac ? "⌘" : "Ctrl+";
const shift = mac ? "⇧" : "Shift+";

const ways = [
  { id: "queue", title: "Queue", detail: "Starts when the agent is done.", keys: "Enter" },
  { id: "steer", title: "Steer", detail: "The agent reads it at its next step.", keys: `${control}Enter` },
  { id: "stopAndSend", title: "Stop and send", detail: "Ends what it does now.", keys: `${control}${shift}Enter` },
] as const;

/** One button when the agent is idle; while it works, *stop* and a split button with the three ways to go on. */
export function SendButtons({ busy, empty, onSend, onStop }: SendButtonsProps) {
  if (!busy) {
    return (
      <div className="send">
        <button type="submit" className="send-button" aria-label="Send" title="Send (Enter)" disabled={empty}>
          <Icon name="arrow-up" />
        </button>
      </div>
    );
  }
  return (
    <div className="send">
      <IconButton icon="debug-stop" label="Stop (Esc)" className="stop" onClick={onStop} />
      <span className="split">
        <button type="submit" className="send-button" aria-label="Queue" title="Queue (Enter)" disabled={empty}>
          <Icon name="list-ordered" />
        </button>
        <Menu
          className="send-button more"
          label="More ways to send"
          entries={ways}
          disabled={empty}
          onPick={(id) => {
            const way = ways.find((other) => other.id === id);
            if (way) onSend(way.id);
          }}
        >
          <Icon name="chevron-down" />
        </Menu>
      </span>
    </div>
  );
}
