/** What a scroller looks like at one moment, in pixels. */
export interface ScrollState {
  readonly top: number;
  readonly height: number;
  readonly view: number;
}

export function stateOf(element: HTMLElement): ScrollState {
  return { top: element.scrollTop, height: element.scrollHeight, view: element.clientHeight };
}

/** So near to the end that the person means the end. */
const near = 24;

export function atEnd({ top, height, view }: ScrollState): boolean {
  return height - top - view <= near;
}

/**
 * Whether a list goes on following its end after a scroll. It stops only when the person moved away: upwards,
 * while the content did not shrink (which moves the position too). It starts again at the end.
 */
export function followsAfter(follows: boolean, before: ScrollState, now: ScrollState): boolean {
  if (atEnd(now)) return true;
  const movedUp = now.top < before.top - 1 && now.height >= before.height && now.view <= before.view;
  return follows && !movedUp;
}
