import type { StorePort } from "../ports.ts";
import type { CallRecord, Entry, Lease } from "./records.ts";

/**
 * The store of one process: what it leaves open there bears its lease, so that another one can tell, once the process is
 * gone, that nobody will end it. The lease is set on the record itself: memory and disk hold the same.
 */
export function leased(store: StorePort, lease: Lease): StorePort {
  const own: Pick<StorePort, "saveCall" | "saveEntry"> = {
    saveCall(call: CallRecord) {
      if (call.endedAt === undefined) call.lease ??= lease;
      return store.saveCall(call);
    },
    saveEntry(entry: Entry) {
      if (entry.kind === "approval" && entry.choice === undefined) entry.lease ??= lease;
      return store.saveEntry(entry);
    },
  };
  return new Proxy(store, {
    get(_, name) {
      if (name === "saveCall" || name === "saveEntry") return own[name];
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}
