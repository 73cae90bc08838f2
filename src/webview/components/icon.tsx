import type { ReactNode, Ref } from "react";

/** A codicon, for the eye only. */
export function Icon({ name, spin = false }: { name: string; spin?: boolean }) {
  return <span className={`codicon codicon-${name}${spin ? " spin" : ""}`} aria-hidden="true" />;
}

interface IconButtonProps {
  icon: string;
  /** The accessible name, also shown as the tooltip. */
  label: string;
  onClick: () => void;
  pressed?: boolean;
  expanded?: boolean;
  disabled?: boolean;
  className?: string;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** A button that is only an icon. */
export function IconButton({
  icon,
  label,
  onClick,
  pressed,
  expanded,
  disabled,
  className,
  children,
  ref,
}: IconButtonProps) {
  return (
    <button
      ref={ref}
      type="button"
      className={className ? `icon-button ${className}` : "icon-button"}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}
