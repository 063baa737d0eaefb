import { copyFile, link, mkdir } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { isRemote, type StagedFile, type StageWant, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";

/**
 * The wish for an object just as it was when its identity was taken. What was uploaded for a run is known by the
 * sha256 that it had on the machine it came from, and folders by all that is in them: stores compare etags alone.
 */
export function stillAs(identity: string): StageWant {
  return identity.startsWith('"') ? { identity } : {};
}

/** The objects that one task reads, as local files, until its end. What is on this machine stays where it is. */
export class Staging {
  readonly #store: Store;
  readonly #folder: string;
  readonly #staged: StagedFile[] = [];
  readonly #named = new Map<string, Promise<string>>();

  /** `folder` is for links alone; it is made when it is needed. */
  constructor(store: Store, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  /** A local file with an object's content, under any name. */
  async file(uri: string, want?: StageWant): Promise<string> {
    const staged = await this.#store.stage(uri, want);
    this.#staged.push(staged);
    return staged.path;
  }

  /**
   * A local file or folder of the same name, for readers who go by endings or look beside a file: of a shapefile
   * all its files come, of a folder all that is in it. `identity` is the content that was planned to be read.
   */
  async named(uri: string, identity = ""): Promise<string> {
    if (!isRemote(uri)) return uri;
    const known = this.#named.get(uri) ?? this.#bring(uri, stillAs(identity));
    this.#named.set(uri, known);
    return known;
  }

  /** A local folder with some of the objects below a prefix, under their names. */
  async folder(prefix: string, names: readonly string[]): Promise<string> {
    if (!isRemote(prefix)) return prefix;
    const folder = this.#placeOf(prefix);
    await Promise.all(names.map((name) => this.#link(`${prefix}/${name}`, join(folder, name))));
    return folder;
  }

  async release(): Promise<void> {
    await Promise.all(this.#staged.splice(0).map((staged) => staged.release()));
  }

  async #bring(uri: string, want: StageWant): Promise<string> {
    const path = this.#placeOf(uri);
    const isShapefile = /\.shp$/i.test(uri);
    if (!isShapefile && (await this.#store.stat(uri)) !== undefined) {
      await this.#link(uri, path, want);
      return path;
    }
    const prefix = isShapefile ? uri.slice(0, -3) : `${uri}/`;
    const links: Promise<void>[] = [];
    for await (const entry of this.#store.list(prefix)) {
      links.push(
        this.#link(
          entry.uri,
          path.slice(0, isShapefile ? -3 : undefined) +
            entry.uri.slice(prefix.length - (isShapefile ? 0 : 1)),
        ),
      );
    }
    await Promise.all(links);
    if (links.length === 0) {
      throw new UserError({
        code: "not-found",
        message: `${uri}: no such object, and nothing below it.`,
        hint: "Check the name; `aws s3 ls` shows what is there.",
      });
    }
    return path;
  }

  async #link(uri: string, path: string, want: StageWant = {}): Promise<void> {
    const target = await this.file(uri, want);
    await mkdir(dirname(path), { recursive: true });
    // No symbolic link: some readers go by the name at its end.
    await link(target, path).catch(() => copyFile(target, path));
  }

  /** A place for a uri of its own, below the folder whatever the uri says. */
  #placeOf(uri: string): string {
    const path = uri.replace(/^([a-z0-9+.-]+):\/\//i, "$1/");
    return join(this.#folder, posix.normalize(`/${path}`));
  }
}
