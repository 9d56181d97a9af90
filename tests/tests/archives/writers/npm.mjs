// Writes one bundle with each archiver of npm, and prints a line for each archive.
// Arguments: where to write, and the folder `node_modules`.

import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";

const [, , place, modules] = process.argv;
const require = createRequire(join(modules, "index.js"));

const FILES = {
  "export-manifest.json": '{"bundleId": "v1", "originalProjectKey": "CHURN"}',
  "project_config/params.json": '{"name": "Churn"}',
  "data/caf\u00e9.csv": "id,name\n" + "1,one\n2,two\n".repeat(100),
  "data/empty": "",
};

const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;

const load = async (name) => {
  const loaded = await import(pathToFileURL(require.resolve(name)));
  return { ...loaded.default, ...loaded };
};

function at(name, mode) {
  const file = `npm-${name} ${mode}`.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/-$/, "");
  console.log([file, name, version(name), mode].join("\t"));
  return join(place, `${file}.zip`);
}

async function archiver() {
  const { ZipArchive } = await load("archiver");
  for (const [mode, options] of [
    ["stream, deflated", {}],
    ["stream, stored", { store: true }],
    ["stream, `forceZip64`", { forceZip64: true }],
    ["stream, `forceLocalTime` and a comment", { forceLocalTime: true, comment: "caf\u00e9" }],
  ]) {
    const zip = new ZipArchive(options);
    for (const [name, text] of Object.entries(FILES)) zip.append(text, { name });
    await Promise.all([pipeline(zip, createWriteStream(at("archiver", mode))), zip.finalize()]);
  }
}

async function yazl() {
  const { ZipFile } = await load("yazl");
  for (const [mode, entry, end] of [
    ["buffers", {}, {}],
    ["buffers, stored", { compress: false }, {}],
    ["buffers, `forceZip64Format`", { forceZip64Format: true }, { forceZip64Format: true }],
    ["buffers, `forceDosTimestamp`", { forceDosTimestamp: true }, {}],
  ]) {
    const zip = new ZipFile();
    for (const [name, text] of Object.entries(FILES)) zip.addBuffer(Buffer.from(text), name, entry);
    zip.end(end);
    await pipeline(zip.outputStream, createWriteStream(at("yazl", mode)));
  }
  const { Readable } = await import("node:stream");
  for (const [mode, entry] of [
    ["streams", {}],
    ["streams, stored", { compress: false }],
    ["streams, `forceZip64Format`", { forceZip64Format: true }],
  ]) {
    const zip = new ZipFile();
    for (const [name, text] of Object.entries(FILES)) zip.addReadStream(Readable.from([Buffer.from(text)]), name, entry);
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(at("yazl", mode)));
  }
}

async function jszip() {
  const JSZip = require("jszip");
  for (const [mode, options] of [
    ["stored", {}],
    ["deflated", { compression: "DEFLATE" }],
    ["deflated, `streamFiles`", { compression: "DEFLATE", streamFiles: true }],
    ["stored, `streamFiles`", { streamFiles: true }],
    ["deflated, `platform: UNIX`", { compression: "DEFLATE", platform: "UNIX" }],
  ]) {
    const zip = new JSZip();
    for (const [name, text] of Object.entries(FILES)) zip.file(name, text);
    writeFileSync(at("jszip", mode), await zip.generateAsync({ type: "nodebuffer", ...options }));
  }
}

function admZip() {
  const AdmZip = require("adm-zip");
  const zip = new AdmZip();
  for (const [name, text] of Object.entries(FILES)) zip.addFile(name, Buffer.from(text));
  zip.writeZip(at("adm-zip", "deflated"));
}

async function fflate() {
  const { Zip, ZipDeflate, ZipPassThrough, strToU8, zipSync } = await load("fflate");
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, strToU8(text)]));
  writeFileSync(at("fflate", "`zipSync`"), zipSync(files));
  writeFileSync(at("fflate", "`zipSync`, level 0"), zipSync(files, { level: 0 }));
  for (const [mode, Entry] of [["stream, deflated", ZipDeflate], ["stream, stored", ZipPassThrough]]) {
    const pieces = [];
    const zip = new Zip((error, piece) => {
      if (error) throw error;
      pieces.push(piece);
    });
    for (const [name, bytes] of Object.entries(files)) {
      const entry = new Entry(name);
      zip.add(entry);
      entry.push(bytes, true);
    }
    zip.end();
    writeFileSync(at("fflate", mode), Buffer.concat(pieces));
  }
}

async function zipJs() {
  const { TextReader, Uint8ArrayWriter, ZipWriter, configure } = await load("@zip.js/zip.js");
  configure({ useWebWorkers: false });
  for (const [mode, options] of [
    ["deflated", {}],
    ["stored", { level: 0 }],
    ["`zip64`", { zip64: true }],
    ["`dataDescriptor: false`", { dataDescriptor: false }],
    ["`dataDescriptorSignature`", { dataDescriptorSignature: true }],
    ["encrypted", { password: "secret" }],
  ]) {
    const zip = new ZipWriter(new Uint8ArrayWriter(), options);
    for (const [name, text] of Object.entries(FILES)) await zip.add(name, new TextReader(text));
    writeFileSync(at("@zip.js/zip.js", mode), await zip.close());
  }
}

async function clientZip() {
  const { downloadZip } = await load("client-zip");
  const files = Object.entries(FILES).map(([name, input]) => ({ name, input }));
  const bytes = await downloadZip(files).arrayBuffer();
  writeFileSync(at("client-zip", "stream, stored"), Buffer.from(bytes));
}

async function compressing() {
  const { zip } = require("compressing");
  const stream = new zip.Stream();
  for (const [name, text] of Object.entries(FILES)) stream.addEntry(Buffer.from(text), { relativePath: name });
  await pipeline(stream, createWriteStream(at("compressing", "stream, deflated")));
}

await archiver();
await yazl();
await jszip();
admZip();
await fflate();
await zipJs();
await clientZip();
await compressing();
