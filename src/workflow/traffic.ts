import type { StoreTraffic } from "../store/index.ts";

/** Nothing moved. */
export const noTraffic: StoreTraffic = { requests: 0, retries: 0, bytesRead: 0, bytesWritten: 0 };

/** What several moved together. */
export function totalTraffic(all: readonly (StoreTraffic | undefined)[]): StoreTraffic {
  return all.reduce<StoreTraffic>(
    (sum, one = noTraffic) => ({
      requests: sum.requests + one.requests,
      retries: sum.retries + one.retries,
      bytesRead: sum.bytesRead + one.bytesRead,
      bytesWritten: sum.bytesWritten + one.bytesWritten,
    }),
    noTraffic,
  );
}

/** What moved between two looks at a store's count. */
export function trafficSince(before: StoreTraffic, now: StoreTraffic): StoreTraffic {
  return {
    requests: now.requests - before.requests,
    retries: now.retries - before.retries,
    bytesRead: now.bytesRead - before.bytesRead,
    bytesWritten: now.bytesWritten - before.bytesWritten,
  };
}

/** Whether nothing was sent and nothing came. */
export function isNothing(moved: StoreTraffic): boolean {
  return Object.values(moved).every((amount) => amount === 0);
}
