// Runs a WASI module in node: node.mjs [--env=NAME=VALUE]… MODULE [ARG…], with the current directory as `.`.
import { readFileSync } from 'node:fs';

// The module warns, when it is loaded, that it is experimental.
process.removeAllListeners('warning');
const { WASI } = await import('node:wasi');
const words = process.argv.slice(2);
const env = {};
while (words[0]?.startsWith('--env=')) {
  const [name, ...value] = words.shift().slice('--env='.length).split('=');
  env[name] = value.join('=');
}
const wasi = new WASI({ version: 'preview1', args: words, env, preopens: { '.': '.' }, returnOnExit: true });
// Calls of its functions from wasm without JavaScript between them let the garbage collector run where it must not, and node crashes (nodejs/node#46777).
const imports = wasi.getImportObject();
for (const [name, f] of Object.entries(imports.wasi_snapshot_preview1)) {
  imports.wasi_snapshot_preview1[name] = (...args) => f(...args);
}
const { instance } = await WebAssembly.instantiate(readFileSync(words[0]), imports);
process.exit(wasi.start(instance));
