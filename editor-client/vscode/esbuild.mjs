// Bundles the extension into dist/extension.js, and its tests into dist/test.js.
import { build } from "esbuild";

const production = process.argv.includes("--production");
const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  logLevel: "warning",
};

await build({
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  minify: production,
  sourcemap: !production,
});
if (!production)
  await build({ ...common, entryPoints: ["test/index.ts"], outfile: "dist/test.js" });
