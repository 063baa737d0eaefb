/** Tasks of a stage that one Slurm array can hold: Slurm's own numbers are the tasks' less `base`. */
export interface ArrayWindow {
  readonly base: number;
  readonly indexes: readonly number[];
}

/**
 * Cuts a stage's tasks into arrays. Slurm's numbers stay below MaxArraySize (1001 unless a site changed it), so
 * a task further on is counted from a base.
 */
export function arrayWindows(indexes: readonly number[], maxArraySize: number): ArrayWindow[] {
  const windows = new Map<number, number[]>();
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const base = Math.floor(index / maxArraySize) * maxArraySize;
    const window = windows.get(base);
    if (window === undefined) windows.set(base, [index]);
    else window.push(index);
  }
  return [...windows].map(([base, some]) => ({ base, indexes: some }));
}

/** What --array takes: runs of numbers, and the most that may run at one time where that is less than all. */
export function arraySpec({ base, indexes }: ArrayWindow, limit: number): string {
  const runs: [number, number][] = [];
  for (const index of indexes) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - base - 1) last[1]++;
    else runs.push([index - base, index - base]);
  }
  const spec = runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
  return limit < indexes.length ? `${spec}%${limit}` : spec;
}
