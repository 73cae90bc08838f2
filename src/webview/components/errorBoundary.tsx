import { Component, type ReactNode } from "react";

interface Props {
  /** What could not be shown, as in "This message". */
  what: string;
  children: ReactNode;
}

/** Keeps a fault in one part from taking the whole view away. */
export class ErrorBoundary extends Component<Props, { problem?: string }> {
  override state: { problem?: string } = {};

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.problem === undefined) return this.props.children;
    return (
      <aside className="notice error" aria-label="Error">
        <div>
          <p>{this.props.what} could not be shown.</p>
          <details>
            <summary>Details</summary>
            <code>{this.state.problem}</code>
          </details>
        </div>
      </aside>
    );
  }
}
