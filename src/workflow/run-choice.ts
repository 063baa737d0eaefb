import { type StageName, stageNames } from "./stage-names.ts";

/** Which tasks run though their output is there, and which stages run at all. */
export interface RunChoice {
  /** Run every task again. */
  readonly force?: boolean;
  /** Run the tasks of this stage and of those after it again. */
  readonly from?: StageName;
  /** Run this stage alone; what it needs must be done. */
  readonly only?: StageName;
}

/** Whether a stage runs at all. */
export function isChosen(choice: RunChoice, name: StageName): boolean {
  return choice.only === undefined || choice.only === name;
}

/** Whether the tasks of a stage run though they are done. */
export function runsAgain(choice: RunChoice, name: StageName): boolean {
  if (!isChosen(choice, name)) return false;
  if (choice.force === true) return true;
  return choice.from !== undefined && stageNames.indexOf(name) >= stageNames.indexOf(choice.from);
}
