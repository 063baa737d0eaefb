import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * What a run left, as path to sha256: everything but the log of events. Times are taken out of the manifest
 * and the report, since they are the one thing that two runs of the same work may differ in.
 */
export function resultContent(out: string): Record<string, string> {
  const content: Record<string, string> = {};
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = relative(out, path);
    if (name.startsWith(".bisonflow") || name === "events.ndjson") continue;
    content[name] = createHash("sha256")
      .update(timeless(name, readFileSync(path)))
      .digest("hex");
  }
  return Object.fromEntries(Object.entries(content).sort());
}

interface ManifestLike {
  generatedAt?: string;
  stages?: unknown;
  files: { path: string; sha256?: string; bytes?: number }[];
}

function timeless(name: string, bytes: Buffer): Buffer | string {
  if (name === "manifest.json") {
    const manifest = JSON.parse(bytes.toString("utf8")) as ManifestLike;
    manifest.generatedAt = "";
    manifest.stages = [];
    for (const file of manifest.files) {
      if (file.path === "report.html" || file.path === "datapackage.json") {
        file.sha256 = "";
        file.bytes = 0;
      }
    }
    return JSON.stringify(manifest);
  }
  if (name === "report.html" || name === "datapackage.json") {
    return bytes
      .toString("utf8")
      .replaceAll(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, "DATE")
      .replaceAll(/\d+(\.\d+)? ?(s|min)\b/g, "SECONDS");
  }
  return bytes;
}

/** The manifest of a finished run. */
export function readManifest(out: string): {
  records: { read: number; kept: number; dropped: { rule: string; occ_count: number }[] };
  files: { path: string; bytes: number; sha256: string; rows?: number }[];
  [key: string]: unknown;
} {
  const path = join(out, "manifest.json");
  if (!existsSync(path)) throw new Error(`${out} has no manifest`);
  return JSON.parse(readFileSync(path, "utf8"));
}
