export * from "./trouble/index.ts";
export { compose, defineConfig, makePlan, type Manifest, manifestSchema, type Plan, runPlan, type RunSpec, runSpec } from "./workflow/index.ts";
