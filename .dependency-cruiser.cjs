// Which way imports point (ARCHITECTURE.md). A room may import from itself, from `trouble`,
// and from the rooms listed for it; anything else fails the build.
const allowed = {
  trouble: [],
  engine: [],
  occurrence: ["engine"],
  region: ["engine"],
  register: ["engine"],
  summary: ["engine"],
  store: [],
  executor: [],
  catalog: ["engine", "store"],
  report: ["engine"],
  database: ["engine", "store", "catalog", "executor"],
  aws: ["engine", "store", "catalog", "executor", "database"],
  workflow: [
    "engine",
    "occurrence",
    "region",
    "register",
    "summary",
    "report",
    "store",
    "catalog",
    "executor",
    // By dynamic import in compose.ts alone, so that a run on a laptop never loads an SDK.
    "aws",
    "database",
  ],
  cli: [
    "engine",
    "occurrence",
    "region",
    "register",
    "summary",
    "report",
    "store",
    "catalog",
    "executor",
    "aws",
    "database",
    "workflow",
  ],
};

const rooms = Object.keys(allowed);

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...rooms.map((room) => ({
      name: `arrows-out-of-${room}`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: "^src/", pathNot: `^src/(${[room, "trouble", ...allowed[room]].join("|")})/` },
    })),
    {
      name: "only-engine-imports-duckdb",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/engine/" },
      to: { path: "node_modules/@duckdb" },
    },
    {
      name: "only-aws-imports-its-sdk",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/aws/" },
      to: { path: "node_modules/(@aws-sdk|@smithy|@cloud-copilot)" },
    },
    {
      name: "only-database-imports-pg",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/database/" },
      to: { path: "node_modules/(@types/)?pg(-copy-streams)?/" },
    },
    {
      name: "clouds-are-loaded-when-asked-for",
      severity: "error",
      from: { path: "^src/workflow/", pathNot: "^src/workflow/compose\\.ts$|\\.test\\.ts$" },
      to: { path: "^src/(aws|database)/" },
    },
    {
      name: "domain-rooms-know-no-network",
      severity: "error",
      from: { path: "^src/(occurrence|region|summary)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(node:)?(http|https|net|tls|dgram|http2)$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.test\\.ts$" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
