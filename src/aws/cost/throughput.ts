/**
 * How fast a task works, from bench/RESULTS.md (10 and 100 million records, one core of an AMD EPYC), and what was
 * never measured on AWS and is assumed. `bisonflow aws cost --of OUT` says afterwards what it really was.
 */
export const throughput = {
  /** Seconds of one core for a million records that annotate reads: tasks' processor time, 15.68 s for 10 million. */
  annotateSecondsPerMillion: 1.57,
  /** Assumed: text to Parquet. */
  acquireSecondsPerMillion: 0.5,
  /** Merging into tables, with matrix and statistics: 3.21 s for 10 million. */
  countSecondsPerMillion: 0.32,
  /** A compiled layer, resolving, publishing: seconds whatever the size, of the first-run bench and generously. */
  smallTaskSeconds: 15,
  /** Assumed: from submission's end to the first record: image pulled, Node started, plan read. */
  startSeconds: 25,
  /** Assumed: a machine's start and the wait before Batch lets it go, paid once for each machine. */
  idleSecondsPerMachine: 300,
  /** Assumed: S3 to one task; r7g.medium's lasting 0.52 Gbit/s. Fetching overlaps with work. */
  megabytesPerSecond: 60,
  /** The longest range that the store asks for, and a part of its uploads. */
  bytesPerRead: 8 * 1024 * 1024,
  bytesPerWrite: 16 * 1024 * 1024,
  /** Requests of a task besides: plan, earlier results, footers; its result, its small files. */
  readsPerTask: 12,
  writesPerTask: 6,
  /** What a task writes to its log. */
  logBytesPerTask: 4096,
} as const;
