// Builds dist/ from src/ with the compiler alone: one file out for one file in,
// so a stack trace in dist/ names the file a reader opens in src/.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
if (!existsSync(compiler)) {
  // An installed package comes built; only a checkout has the compiler.
  if (existsSync(join(root, "dist", "cli", "main.js"))) process.exit(0);
  console.error(
    "bisonflow: the TypeScript compiler is missing. Run `npm ci` in the checkout, then build again.",
  );
  process.exit(1);
}
rmSync(join(root, "dist"), { recursive: true, force: true });
const built = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (built.status !== 0) process.exit(built.status ?? 1);

// Files that are data rather than code (the report's style and script) go along as they are.
for (const entry of readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(ts|md)$/.test(entry.name)) continue;
  const from = join(entry.parentPath ?? entry.path, entry.name);
  cpSync(from, from.replace(join(root, "src"), join(root, "dist")));
}
const main = join(root, "dist", "cli", "main.js");
if (existsSync(main)) chmodSync(main, 0o755);
