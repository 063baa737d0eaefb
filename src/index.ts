export * from "./trouble/index.ts";
export {
  compose,
  defineConfig,
  type Manifest,
  makePlan,
  manifestSchema,
  type Plan,
  type RunSpec,
  runPlan,
  runSpec,
} from "./workflow/index.ts";
