import "./strict.ts";
import { createRoot } from "react-dom/client";
import { createActions } from "./actions.ts";
import { App } from "./app.tsx";
import { openChannel, type VsCodeApi } from "./channel.ts";
import { liveStore, nextFrame } from "./liveStore.ts";
import { openMemory } from "./memory.ts";

declare function acquireVsCodeApi(): VsCodeApi;

/** Wires the view: VS Code's messages → store → React → messages to the host. */
const api = acquireVsCodeApi();
const channel = openChannel(api, window);
const memory = openMemory(api);
const ready = () => {
  const conversation = memory.conversation();
  channel.post(conversation === undefined ? { type: "ready" } : { type: "ready", conversation });
};
const store = liveStore(ready, nextFrame);
channel.listen(
  (message) => {
    if (message.type === "snapshot") memory.setConversation(message.conversation.id);
    store.receive(message);
  },
  (why) => console.error(`Parley: the view refused a ${why}`),
);
const root = document.getElementById("root");
if (!root) throw new Error('The page has no element with the id "root" to show the conversation in.');
createRoot(root).render(
  <App store={store} actions={createActions(channel.post, () => store.model().conversation?.id)} memory={memory} />,
);
ready();
