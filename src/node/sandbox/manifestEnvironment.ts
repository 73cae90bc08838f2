/**
 * The variables of a plugin's manifest in a sandbox. What makes the sandbox runs in the same environment and is held by nothing: a
 * `PATH` or an `LD_PRELOAD` of the plugin's would have it run the plugin's code.
 */
type Variables = Readonly<Record<string, string>>;

/** Set by the host, whatever a manifest says. */
const ofTheHost = ["PLUGIN_ROOT", "PLUGIN_DATA", "PARLEY_RUN_DIR"];

/** Names by which a loader, a library or Node itself is given code or options before the program begins. */
const givesCode = /^(?:NODE_(?!ENV$)|ELECTRON_|LD_|DYLD_|OPENSSL_|GCONV_PATH$)/i;

/** Those that are set inside the sandbox alone, without those that the host sets. */
export function insideOnly(env: Variables = {}, taken: readonly string[] = []): Variables {
  const hosts = new Set([...ofTheHost, ...taken]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hosts.has(name)));
}

/** Those that cannot widen what Node's permission model holds, which is a part of the process itself. */
export function harmlessToNode(env: Variables = {}): Variables {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !givesCode.test(name)));
}
