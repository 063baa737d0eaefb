export { type ActualCost, actualCost, type Charged, type PaidAttempt, type StageCost } from "./actual.ts";
export { type Capacity, estimateRun, type RunEstimate, type StageFacts } from "./estimate.ts";
export { type ExecutionJobs, executionJobs } from "./execution-jobs.ts";
export { type CostLine, line, total } from "./line.ts";
export { type MachinePrice, machinePrice } from "./machine-price.ts";
export { monthlyCost, type StandingParts } from "./monthly.ts";
export { type Prices, parsePrices } from "./prices.ts";
export { attemptsOf, trafficOf } from "./read-events.ts";
export { throughput } from "./throughput.ts";
