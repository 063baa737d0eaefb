export { isAlive } from "./local/is-alive.ts";
export { localStore } from "./local/local-store.ts";
export { sha256OfFile } from "./local/sha256-of-file.ts";
export { describeSystemError } from "./local/system-error.ts";
export { removeLeftovers, temporaryName } from "./local/temporary-name.ts";
export { isRemote, routingStore } from "./routing-store.ts";
export type { ObjectEntry, ObjectFact, StagedFile, StageWant, Store, StoreTraffic } from "./store.ts";
