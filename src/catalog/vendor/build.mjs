/**
 * Other people's packages in (package-lock.json says which), what the catalog's pages load of them out: one minified
 * ES module for each file in entries/, and the licences of all that is in them, in ../assets/vendor/.
 *
 * The output is committed, so that nobody who publishes or reads needs Node; the same lock makes the same bytes.
 */

import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUT = join(HERE, "../assets/vendor");
const LICENCE = /^licen[cs]e(\.(md|txt))?$/i;

await rm(OUT, { recursive: true, force: true });
const entries = (await readdir(join(HERE, "entries"))).sort();
const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: entries.map((name) => join("entries", name)),
  outdir: OUT,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Made by vendor/build.mjs of other people's work; their licences are in LICENSES.txt beside it. */" },
  metafile: true,
});
await writeFile(join(OUT, "LICENSES.txt"), (await Promise.all(bundled(metafile).map(licence))).join("\n\n"));

/** The folders of the packages of which anything was bundled, in order. */
function bundled({ outputs }) {
  const files = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([name, { bytesInOutput }]) => (bytesInOutput ? [name] : [])),
  );
  const folders = files.map((name) => name.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort();
}

/** A package's name, version and licence. Fails where it brings none. */
async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(HERE, folder, "package.json"), "utf8"));
  const file = (await readdir(join(HERE, folder))).find((one) => LICENCE.test(one));
  if (!file) throw new Error(`${name}: brings no licence`);
  const text = (await readFile(join(HERE, folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
  return `${name} ${version} (${license})\n${"=".repeat(72)}\n${text}\n`;
}
