/** What the page of a failure sends when the person presses its button. */
const retryMessage = "parley.retry";

export interface FailureWords {
  readonly message: string;
  readonly todo?: string | undefined;
}

/** A page that says why there is no conversation, with a button to try again. Nothing runs in it but the button's own lines. */
export function failurePage(cspSource: string, { message, todo }: FailureWords): string {
  const nonce = globalThis.crypto.randomUUID().replaceAll("-", "");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Parley</title>
    <style nonce="${nonce}">
      button {
        padding: 4px 12px;
        border: 1px solid var(--vscode-button-border, transparent);
        border-radius: 2px;
        background: var(--vscode-button-background);
        color: var(--vscode-button-foreground);
        font: inherit;
        cursor: pointer;
      }
      button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
    </style>
  </head>
  <body>
    <main role="alert">
      <h2>Parley could not start</h2>
      <p>${escaped(message)}</p>
      ${todo ? `<p>${escaped(todo)}</p>` : ""}
      <button id="retry" type="button">Try Again</button>
    </main>
    <script nonce="${nonce}">
      const host = acquireVsCodeApi();
      const button = document.getElementById("retry");
      button.addEventListener("click", () => {
        button.disabled = true;
        host.postMessage({ type: "${retryMessage}" });
      });
    </script>
  </body>
</html>`;
}

/** Whether a page's message is the press of that button. */
export function isRetry(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message && message.type === retryMessage;
}

function escaped(text: string): string {
  const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);
}
