import { isValidElement, type ReactNode } from "react";
import type { Components } from "react-markdown";
import { useActions } from "../actions.ts";
import { CodeBlock } from "./codeBlock.tsx";
import { fileReference, type LinkTarget, linkTarget } from "./links.ts";

/** How the view renders what Markdown can contain. Headings step down by two: the page and each message have their own. */
export const markdownComponents: Components = {
  h1: ({ children }) => <h3 className="md-1">{children}</h3>,
  h2: ({ children }) => <h4 className="md-2">{children}</h4>,
  h3: ({ children }) => <h5 className="md-3">{children}</h5>,
  h4: ({ children }) => <h6 className="md-4">{children}</h6>,
  h5: ({ children }) => <h6 className="md-4">{children}</h6>,
  h6: ({ children }) => <h6 className="md-4">{children}</h6>,
  a: ({ href, children, title }) => (
    <Link href={href ?? ""} title={title}>
      {children}
    </Link>
  ),
  // A picture would tell a stranger's server that the message was read.
  img: ({ alt, src }) => <BlockedImage alt={alt ?? ""} src={typeof src === "string" ? src : ""} />,
  pre: ({ children }) => {
    const code = isValidElement<{ className?: string; children?: ReactNode }>(children) ? children.props : undefined;
    const language = /language-(\S+)/.exec(code?.className ?? "")?.[1] ?? "";
    return <CodeBlock code={textOf(code?.children).replace(/\n$/, "")} language={language} />;
  },
  code: ({ children }) => <CodeSpan text={textOf(children)} />,
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must be able to scroll it.
    <section className="table" tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  ),
  input: ({ checked }) => (
    <input type="checkbox" checked={checked === true} readOnly disabled aria-label={checked ? "Done" : "Not done"} />
  ),
};

function Link({ href, title, children }: { href: string; title?: string | undefined; children: ReactNode }) {
  const target = linkTarget(href);
  if (!target) return <span>{children}</span>;
  if (target.kind === "web") {
    return (
      <a href={target.url} title={title ?? target.url}>
        {children}
      </a>
    );
  }
  return <FileLink target={target}>{children}</FileLink>;
}

function FileLink({ target, children }: { target: Extract<LinkTarget, { kind: "file" }>; children: ReactNode }) {
  const { openFile } = useActions();
  const where = target.line === undefined ? target.path : `${target.path}, line ${target.line}`;
  return (
    <button
      type="button"
      className="file-link"
      title={`Open ${where}`}
      onClick={() => openFile(target.path, target.line)}
    >
      {children}
    </button>
  );
}

function CodeSpan({ text }: { text: string }) {
  const target = fileReference(text);
  if (!target) return <code>{text}</code>;
  return (
    <FileLink target={target}>
      <code>{text}</code>
    </FileLink>
  );
}

function BlockedImage({ alt, src }: { alt: string; src: string }) {
  const label = alt || "Image";
  return (
    <span className="blocked-image" title="Pictures are not loaded from messages.">
      <span className="codicon codicon-file-media" aria-hidden="true" />
      {src ? <Link href={src}>{label}</Link> : label}
    </span>
  );
}

/** The text in React's children, which for code are strings. */
function textOf(children: ReactNode): string {
  if (typeof children === "string" || typeof children === "number") return String(children);
  return Array.isArray(children) ? children.map(textOf).join("") : "";
}
