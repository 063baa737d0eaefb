export { applyChangeSet, removeStack } from "./apply-stack.ts";
export { type Busy, busyOf } from "./busy.ts";
export { type ChangeSet, discardChangeSet, makeChangeSet } from "./change-set.ts";
export { type ChangeInWords, changeInWords, type Fate, kindInWords } from "./change-words.ts";
export { parseChoices, type StackChoices, stackChoices } from "./choices.ts";
export { deleteData } from "./delete-data.ts";
export { fillValue, type Places } from "./fill-value.ts";
export type { StackHappening } from "./follow-stack.ts";
export type { IntendedStack } from "./intended-stack.ts";
export { madeResources } from "./made-resources.ts";
export { type OutputName, outputs } from "./outputs.ts";
export { type PreparedStack, prepareStack } from "./prepare-stack.ts";
export { type Holder, holdersOf, type Right, rightsDifference, rightsOf } from "./rights.ts";
export {
  cloudFormation,
  findStack,
  type Standing,
  type StandingStack,
  stackOutputs,
  standingOf,
  standingTemplate,
} from "./stack-state.ts";
export { stackTemplate, type Template } from "./template.ts";
export { type Variant, variantName, variants } from "./variant.ts";
