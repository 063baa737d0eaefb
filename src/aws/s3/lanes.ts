/** Lets so many pieces of work run at one time; the others wait in order. */
export function lanes(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((start) => waiting.push(start));
    else running++;
    try {
      return await work();
    } finally {
      // A lane that goes on to the next in line stays taken.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
