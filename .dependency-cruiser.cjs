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
