/** What a plugin may see of the host's environment. Everything else stays here: that is where people keep secrets. */
const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "TEMP",
  "TMP",
  "XDG_RUNTIME_DIR",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NO_PROXY",
  // Windows
  "SYSTEMROOT",
  "SYSTEMDRIVE",
  "WINDIR",
  "COMSPEC",
  "PATHEXT",
  "USERPROFILE",
  "USERNAME",
  "HOMEDRIVE",
  "HOMEPATH",
  "APPDATA",
  "LOCALAPPDATA",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "NUMBER_OF_PROCESSORS",
  "PROCESSOR_ARCHITECTURE",
];

/** Passed on unless they carry a password, as in `http://user:password@proxy`. */
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/** The part of an environment that plugins get; names are compared without case, as Windows does. */
export function pluginEnvironment(host: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value === undefined) continue;
    const upper = name.toUpperCase();
    if (passedOn.includes(upper) || upper.startsWith("LC_")) allowed[name] = value;
    else if (proxies.includes(upper) && !value.includes("@")) allowed[name] = value;
  }
  return allowed;
}
