/** The stages of a run, in order. */
export const stageNames = ["prepare", "acquire", "resolve", "annotate", "count", "publish"] as const;

/** The name of a stage. */
export type StageName = (typeof stageNames)[number];
