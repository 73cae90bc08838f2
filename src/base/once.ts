/** A function that makes something on its first call and answers the same promise from then on; a failure is not kept. */
export interface Once<T> {
  (): Promise<T>;
  /** Runs when it has been made; at once where it already is. */
  ready(listener: (made: T) => void): void;
}

export function once<T>(make: () => Promise<T>): Once<T> {
  const listeners: ((made: T) => void)[] = [];
  let making: Promise<T> | undefined;
  const get = (): Promise<T> => {
    making ??= make().then(
      (made) => {
        for (const listener of listeners.splice(0)) listener(made);
        return made;
      },
      (error) => {
        making = undefined;
        throw error;
      },
    );
    return making;
  };
  return Object.assign(get, {
    ready(listener: (made: T) => void) {
      if (making) void making.then(listener, () => listeners.push(listener));
      else listeners.push(listener);
    },
  });
}
