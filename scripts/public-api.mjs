// The public surface of each room: what its index.ts exports, with docstrings and signatures. Read by the
// generated reference and by the test that runs every example.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Rooms that users import from, with the specifier they use. */
export function publicEntries() {
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "cli" && entry.name !== "trouble")
    .map((entry) => ({
      specifier: `bisonflow/${entry.name}`,
      file: join(root, "src", entry.name, "index.ts"),
    }));
  return [{ specifier: "bisonflow", file: join(root, "src", "index.ts") }, ...rooms];
}

/** Every export: { specifier, name, kind, signature, summary, docs, examples, file }. */
export function publicApi() {
  const entries = publicEntries();
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    config.options,
  );
  const checker = program.getTypeChecker();
  const found = [];
  for (const { specifier, file } of entries) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) continue;
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declaration] = symbol.declarations ?? [];
      if (!declaration) continue;
      found.push({
        specifier,
        name: exported.name,
        kind: kindOf(symbol),
        signature: signatureOf(checker, symbol, declaration),
        docs: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
        examples: examplesOf(symbol, checker),
        file: declaration.getSourceFile().fileName.slice(root.length),
      });
    }
  }
  return found.sort((a, b) => (a.specifier + a.name < b.specifier + b.name ? -1 : 1));
}

function kindOf(symbol) {
  if (symbol.flags & ts.SymbolFlags.Function) return "function";
  if (symbol.flags & ts.SymbolFlags.Class) return "class";
  if (
    symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias) &&
    !(symbol.flags & ts.SymbolFlags.Variable)
  )
    return "type";
  return "value";
}

function signatureOf(checker, symbol, declaration) {
  const kind = kindOf(symbol);
  if (kind === "function") {
    return checker
      .getTypeOfSymbol(symbol)
      .getCallSignatures()
      .map(
        (signature) =>
          `${symbol.name}${checker.signatureToString(signature, declaration, ts.TypeFormatFlags.NoTruncation)}`,
      )
      .join("\n");
  }
  if (kind === "type") return declaration.getText();
  if (kind === "class") return `class ${symbol.name}`;
  return `${symbol.name}: ${checker.typeToString(checker.getTypeOfSymbol(symbol), declaration)}`;
}

function examplesOf(symbol, checker) {
  return symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === "example")
    .map((tag) => ts.displayPartsToString(tag.text))
    .map((text) => /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? text);
}
