import type { Engine } from "../engine/index.ts";
import type { CompiledLayer } from "../region/index.ts";
import type { Store } from "../store/index.ts";
import type { Plan, Task } from "./plan.ts";
import type { Staging } from "./staging.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What a stage's code gets to do one task with. */
export interface TaskContext {
  readonly plan: Plan;
  readonly task: Task;
  readonly work: WorkFolder;
  readonly store: Store;
  /** Brings what the task reads to this machine. */
  readonly staging: Staging;
  /** Called when all records of this task are at hand: those of the next may begin to come. */
  readonly onStaged: () => void;
  /** An empty folder of this task alone; what stands in it at the end is published. */
  readonly scratch: string;
  /** An empty folder for what is not published. */
  readonly temporary: string;
  readonly cacheFolder: string;
  /** Opens a DuckDB session with this task's share of the memory; closed when the task ends. */
  readonly openEngine: (share?: "worker" | "all") => Promise<Engine>;
  /** A compiled layer as the prepare stage left it; kept between the tasks of one process. */
  readonly compiledLayer: (name: string) => Promise<CompiledLayer>;
  readonly onProgress: (rows: number, totalRows: number) => void;
  readonly signal: AbortSignal;
}

/** What a stage's code says of a task that it did. */
export interface TaskOutcome {
  /** Records read, or rows written by stages that read none. */
  readonly rows: number;
  /** Rows of the files written, by file name. */
  readonly rowsOf?: Record<string, number>;
  readonly facts: Record<string, unknown>;
}
