import type { ObjectEntry, Store, StoreTraffic } from "./store.ts";

/**
 * Whether a uri names something elsewhere than on this machine, by its scheme (`s3://…`).
 *
 * @example
 * ```ts
 * import { isRemote } from "bisonflow/store";
 * console.log(isRemote("s3://bison/out"), isRemote("/data/out"), isRemote("file:///data/out")); // true false false
 * ```
 */
export function isRemote(uri: string): boolean {
  return remoteScheme(uri) !== undefined;
}

function remoteScheme(uri: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1]?.toLowerCase();
  return scheme === "file" ? undefined : scheme;
}

/**
 * One store over several: each uri goes to the store of its scheme, paths and `file://…` to the local one. A
 * remote store is opened when the first uri needs it, so that who has none pays for none.
 *
 * @example
 * ```ts
 * import { localStore, routingStore } from "bisonflow/store";
 * const store = routingStore(localStore(), { s3: async () => { throw new Error("no network here"); } });
 * console.log(await store.stat("/no/such/file")); // undefined
 * ```
 */
export function routingStore(local: Store, remotes: Readonly<Record<string, () => Promise<Store>>>): Store {
  const opened = new Map<string, Promise<Store>>();
  const ready = new Set<Store>();
  const storeOf = async (uri: string): Promise<Store> => {
    const scheme = remoteScheme(uri);
    const open = scheme === undefined ? undefined : remotes[scheme];
    // The local store says what is wrong with a scheme that nobody knows.
    if (scheme === undefined || open === undefined) return local;
    const known = opened.get(scheme);
    if (known !== undefined) return known;
    const opening = open().then((store) => {
      ready.add(store);
      return store;
    });
    opened.set(scheme, opening);
    return opening;
  };
  return {
    list: (prefix) => listOf(storeOf(prefix), prefix),
    stat: async (uri) => (await storeOf(uri)).stat(uri),
    identify: async (uri) => (await storeOf(uri)).identify(uri),
    read: async (uri, range) => (await storeOf(uri)).read(uri, range),
    stream: async (uri) => (await storeOf(uri)).stream(uri),
    stage: async (uri, want) => (await storeOf(uri)).stage(uri, want),
    prefetch: (uri, want) => {
      // A store that cannot be opened says so when the object is staged.
      storeOf(uri).then(
        (store) => store.prefetch?.(uri, want),
        () => undefined,
      );
    },
    publishFile: async (path, uri, options) => (await storeOf(uri)).publishFile(path, uri, options),
    publishBytes: async (bytes, uri, options) => (await storeOf(uri)).publishBytes(bytes, uri, options),
    copy: async (from, to) => {
      const [source, target] = await Promise.all([storeOf(from), storeOf(to)]);
      if (source === target && target.copy !== undefined) return target.copy(from, to);
      const staged = await source.stage(from);
      await target.publishFile(staged.path, to);
      await staged.release();
    },
    remove: async (uri) => (await storeOf(uri)).remove(uri),
    traffic: () => sumOf([...ready].flatMap((store) => store.traffic?.() ?? [])),
  };
}

async function* listOf(store: Promise<Store>, prefix: string): AsyncGenerator<ObjectEntry> {
  yield* (await store).list(prefix);
}

function sumOf(all: readonly StoreTraffic[]): StoreTraffic {
  const sum = (read: (traffic: StoreTraffic) => number): number =>
    all.reduce((total, traffic) => total + read(traffic), 0);
  return {
    requests: sum(({ requests }) => requests),
    retries: sum(({ retries }) => retries),
    bytesRead: sum(({ bytesRead }) => bytesRead),
    bytesWritten: sum(({ bytesWritten }) => bytesWritten),
  };
}
