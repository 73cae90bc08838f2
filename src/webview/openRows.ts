import { createContext, useContext, useState } from "react";

/** Which rows the person opened or closed. It outlives a row, because rows that are off screen are not mounted. */
export const OpenRowsContext = createContext<Map<string, boolean>>(new Map());

/** Whether the row `key` is open, and how to change it; `otherwise` holds until the person has said anything. */
export function useOpen(key: string, otherwise: boolean): [boolean, (open: boolean) => void] {
  const rows = useContext(OpenRowsContext);
  const [, setVersion] = useState(0);
  const set = (open: boolean) => {
    rows.set(key, open);
    setVersion((version) => version + 1);
  };
  return [rows.get(key) ?? otherwise, set];
}
