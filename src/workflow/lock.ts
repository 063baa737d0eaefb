import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";

/**
 * Takes a folder for one run at a time. A lock whose process is gone (it was killed) is taken over.
 * Returns how to give it back.
 */
export function takeLock(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => {
        try {
          if (readFileSync(path, "utf8") === String(process.pid)) unlinkSync(path);
        } catch {
          // Someone removed the folder; there is nothing left to give back.
        }
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(path, "utf8"));
    // A process of this number that is this one is another that had it before.
    if (holder !== process.pid && isAlive(holder)) {
      throw new UserError({
        code: "run-under-way",
        message: `Another run (process ${holder}) is at work on this folder.`,
        hint: `Wait for it, stop it, or choose another folder with --out. If process ${holder} is not bisonflow, remove ${path}.`,
      });
    }
    unlinkSync(path);
  }
  throw new UserError({
    code: "run-under-way",
    message: "Another run has just begun on this folder.",
    hint: "Wait for it, or choose another folder with --out.",
  });
}
