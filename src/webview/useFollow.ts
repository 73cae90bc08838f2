import { type RefObject, useCallback, useEffect, useRef } from "react";
import { atEnd, followsAfter, type ScrollState, stateOf } from "./follow.ts";

/** A list that shows its end while more comes, until the person leaves it. */
export interface Following {
  /** The element that scrolls; its first child holds the content. */
  readonly scroller: RefObject<HTMLElement | null>;
  /** Whether it follows its end now. */
  readonly follows: RefObject<boolean>;
  toEnd(): void;
  /** Decides anew whether it follows; for each scroll of the element. */
  scrolled(): void;
}

/** `resized` hears after each change of size whether the end is followed or in view all the same. */
export function useFollow(fromStart: boolean, resized?: (atEnd: boolean) => void): Following {
  const scroller = useRef<HTMLElement>(null);
  const follows = useRef(fromStart);
  const last = useRef<ScrollState>({ top: 0, height: 0, view: 0 });
  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);
  const scrolled = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const now = stateOf(element);
    follows.current = followsAfter(follows.current, last.current, now);
    last.current = now;
  }, []);

  useEffect(() => {
    const element = scroller.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const observer = new ResizeObserver(() => {
      if (follows.current) toEnd();
      last.current = stateOf(element);
      resized?.(follows.current || atEnd(last.current));
    });
    observer.observe(element);
    observer.observe(content);
    return () => observer.disconnect();
  }, [toEnd, resized]);

  return { scroller, follows, toEnd, scrolled };
}
