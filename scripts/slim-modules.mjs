// Takes out of node_modules what nothing reads at run time: types, source maps, the AWS SDK's second copy of
// itself for bundlers. Licences stay. Half of the dependencies' files go.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error("slim-modules: give the node_modules folder to slim.");
  process.exit(1);
}
let removed = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (entry.isFile() && /\.(d\.[cm]?ts|map|markdown|tsbuildinfo)$/.test(entry.name)) {
    rmSync(path, { force: true });
    removed++;
  }
  // Node takes `main`, which is dist-cjs; a package that exports dist-es by name keeps it.
  if (entry.isDirectory() && (entry.name === "dist-es" || entry.name === "dist-types")) {
    const about = join(dirname(path), "package.json");
    if (!existsSync(about)) continue;
    const { main, exports } = JSON.parse(readFileSync(about, "utf8"));
    if (!/dist-cjs/.test(main ?? "") || JSON.stringify(exports ?? "").includes(entry.name)) continue;
    rmSync(path, { recursive: true, force: true });
    removed++;
  }
}
// npm prune leaves the folders of scopes that have become empty.
for (const name of readdirSync(folder)) {
  const path = join(folder, name);
  if (name.startsWith("@") && readdirSync(path).length === 0) rmSync(path, { recursive: true });
}
console.log(`slim-modules: ${removed} files and folders taken out of ${folder}`);
