import { memo } from "react";
import { IconButton } from "./icon.tsx";

interface HeaderProps {
  title: string;
  section: "conversation" | "history";
  activityOpen: boolean;
  onHistory: () => void;
  onActivity: () => void;
  onNew: () => void;
}

/** The conversation's title, and the ways to others. */
export const Header = memo(function Header({
  title,
  section,
  activityOpen,
  onHistory,
  onActivity,
  onNew,
}: HeaderProps) {
  const history = section === "history";
  return (
    <header className="header">
      <h1 title={title}>{title}</h1>
      <IconButton icon="add" label="New conversation" onClick={onNew} />
      <IconButton icon="history" label="Conversations" expanded={history} onClick={onHistory} />
      <IconButton icon="pulse" label="Plugin activity" expanded={activityOpen} onClick={onActivity} />
    </header>
  );
});
