// What `prisma format --check`, `prisma validate` and `prisma db pull` make of a schema and a database, as one JSON object.
// node check.mjs schema.prisma HOST PORT USER DATABASE

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";

const require = createRequire(import.meta.url);
const { format, validate } = require("@prisma/prisma-schema-wasm");

const [path, host, port, user, database] = process.argv.slice(2);
const text = readFileSync(path, "utf8");
const file = "schema.prisma";

function answer(pulled) {
  // a pipe holds 64 kB, and exit() does not wait until the rest is read
  process.stdout.write(JSON.stringify({ isFormatted: formatted === text, complaint: complaint(text), pulled }), () => process.exit(0));
}

// a panic of the engine ends no promise
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (error) => answer({ error }) };

const edits = { textDocument: { uri: `file:/${file}` }, options: { tabSize: 2, insertSpaces: true } };
const [[, formatted]] = JSON.parse(format(JSON.stringify([[`file:/${file}`, text]]), JSON.stringify(edits)));

function complaint(schema) {
  try {
    validate(JSON.stringify({ prismaSchema: [[file, schema]] }));
    return null;
  } catch (error) {
    return String(error.message);
  }
}

/** The adapter, which does not know the catalog's columns of type "char" (18), with these as the engine wants them. */
async function connected(factory) {
  const adapter = await factory.connect();
  const { performIO, queryRaw } = adapter;
  let isChar = [];
  adapter.performIO = async (query) => {
    const result = await performIO.call(adapter, query);
    isChar = result.fields.map((field) => field.dataTypeID === 18);
    result.fields.forEach((field, at) => isChar[at] && (field.dataTypeID = 25));
    return result;
  };
  adapter.queryRaw = async (query) => {
    const result = await queryRaw.call(adapter, query);
    const columnTypes = result.columnTypes.map((type, at) => (isChar[at] ? ColumnTypeEnum.Character : type));
    return { ...result, columnTypes };
  };
  return adapter;
}

async function pull() {
  const factory = new PrismaPg({ host, port: Number(port), user, database });
  const bound = bindMigrationAwareSqlAdapterFactory({
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => connected(factory),
    connectToShadowDb: () => factory.connectToShadowDb(),
  });
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: [[file, text]] }, () => {}, bound);
  const schema = { files: [{ path: file, content: text }] };
  const options = { baseDirectoryPath: "/", force: false, compositeTypeDepth: -1, namespaces: null };
  const found = await schemaEngine.introspect({ schema, ...options });
  const [{ content }] = found.schema.files;
  return { text: content, complaint: complaint(content) };
}

const wasm = readFileSync(require.resolve("@prisma/schema-engine-wasm").replace(/schema_engine\.js$/, "schema_engine_bg.wasm"));
const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": engine });
engine.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

answer(await pull().catch((error) => ({ error: String(error.message ?? error) })));
