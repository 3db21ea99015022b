// Bundles index.js into the package's templates, and copies the licences of what is in the bundle.
import { copyFileSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const home = new URL("../../sim/reports/templates/echarts/", import.meta.url).pathname;
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const said = `Apache ECharts ${version("echarts")} (Apache License 2.0) with zrender ${version("zrender")} (BSD 3-Clause)`;

await build({
  entryPoints: ["index.js"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  target: "es2017",
  legalComments: "none",
  banner: { js: `/*! ${said}; parts only, built by packaging/echarts. Licences: sim/reports/templates/echarts. */` },
  outfile: `${home}echarts.min.js`,
});
for (const [from, to] of [
  ["echarts/LICENSE", "LICENSE"],
  ["echarts/NOTICE", "NOTICE"],
  ["echarts/licenses/LICENSE-d3", "LICENSE-d3"],
  ["zrender/LICENSE", "LICENSE-zrender"],
  ["tslib/LICENSE.txt", "LICENSE-tslib"],
]) {
  copyFileSync(`node_modules/${from}`, `${home}${to}`);
}
