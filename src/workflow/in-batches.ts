/** Does some work for each of many, at most so many at one time; the answers in the order of the items. */
export async function inBatches<T, U>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<U>,
  atOnce = 16,
): Promise<U[]> {
  const answers: U[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      answers[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return answers;
}
