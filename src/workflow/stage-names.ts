/** The stages of a run, in order. */
export const stageNames = ["prepare", "acquire", "resolve", "annotate", "count", "publish"] as const;

export type StageName = (typeof stageNames)[number];
