export function makeSnapshot(options: {
  folder: string;
  rows: number;
  seed?: number;
  keys?: readonly string[];
  lanes?: number;
}): Promise<string[]>;
