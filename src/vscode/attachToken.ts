import * as vscode from "vscode";

/** The attach door as commands see it: tokens by plugin's name, and where it is open. */
export interface AttachAccess {
  names(): Promise<string[]>;
  /** The plugin's token, made where it has none. */
  of(name: string): Promise<string>;
  replace(name: string): Promise<string>;
  remove(name: string): Promise<void>;
  /** The URL that plugins connect to; undefined while attaching is off. */
  address(): string | undefined;
}

const anew = "A new plugin…";

/** Lets the person choose or name a plugin, and copies its token; it is never shown on the screen or written to a file. */
export async function showAttachToken(access: AttachAccess): Promise<void> {
  const name = await chooseName(await access.names());
  if (name === undefined) return;
  const token = await access.of(name);
  const address = access.address();
  const [copyToken, copyUrl, replace, remove] = ["Copy Token", "Copy URL with Token", "New Token", "Remove Token"];
  const turnOn = "Turn Attaching On";
  const detail = address
    ? `The plugin connects to ${address} and shows its token in the URL, in the header or in its first message. Whoever has the token can attach as “${name}”.`
    : "Attaching is off. Turn it on with the setting parley.attach.enabled; the token is good from then on.";
  const answer = await vscode.window.showInformationMessage(
    `The token of the plugin “${name}”`,
    { modal: true, detail },
    copyToken,
    address ? copyUrl : turnOn,
    replace,
    remove,
  );
  if (answer === copyToken) await vscode.env.clipboard.writeText(token);
  if (answer === copyUrl) await vscode.env.clipboard.writeText(`${address}/?token=${token}`);
  if (answer === replace) await vscode.env.clipboard.writeText(await access.replace(name));
  if (answer === remove) await access.remove(name);
  if (answer === turnOn) {
    const configuration = vscode.workspace.getConfiguration("parley");
    await configuration.update("attach.enabled", true, vscode.ConfigurationTarget.Global);
    await vscode.env.clipboard.writeText(token);
  }
  if (answer === undefined) return;
  const said = answer === remove ? `“${name}” cannot attach any more.` : `Copied for “${name}”.`;
  vscode.window.setStatusBarMessage(said, 5_000);
}

async function chooseName(names: readonly string[]): Promise<string | undefined> {
  const title = "Which plugin attaches?";
  const choice = names.length === 0 ? anew : await vscode.window.showQuickPick([...names, anew], { title });
  if (choice !== anew) return choice;
  return await vscode.window.showInputBox({
    title: "The name of the plugin that attaches",
    prompt: "1–64 of a-z 0-9 - . with a letter or digit at both ends",
    ignoreFocusOut: true,
  });
}
