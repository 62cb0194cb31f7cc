// Runs a module in node as a browser would: by its export `resume`, from the event loop, which nothing may block. resume.mjs [--env=NAME=VALUE]… MODULE [ARG…], with the current directory as `.`.
import { readFileSync } from 'node:fs';

process.removeAllListeners('warning');
const { WASI } = await import('node:wasi');
const words = process.argv.slice(2);
const env = {};
while (words[0]?.startsWith('--env=')) {
  const [name, ...value] = words.shift().slice('--env='.length).split('=');
  env[name] = value.join('=');
}
const wasi = new WASI({ version: 'preview1', args: words, env, preopens: { '.': '.' } });
const imports = wasi.getImportObject();
const functions = imports.wasi_snapshot_preview1;
for (const [name, f] of Object.entries(functions)) {
  functions[name] = (...args) => f(...args);
}
class Exit {
  constructor(status) {
    this.status = status;
  }
}
functions.proc_exit = (status) => {
  throw new Exit(status);
};
const { poll_oneoff } = functions;
functions.poll_oneoff = (subscriptions, events, count, occurred) => {
  const view = new DataView(memory.buffer, subscriptions, 48 * count);
  let blocks = true;
  for (let at = 0; at < 48 * count; at += 48) {
    const isClock = view.getUint8(at + 8) === 0;
    if (isClock && view.getBigUint64(at + 24, true) === 0n && view.getUint16(at + 40, true) === 0) {
      blocks = false;
      // Node looks at the clocks first, and at nothing else if one has run out.
      view.setBigUint64(at + 24, 1_000_000n, true);
    }
  }
  if (blocks) {
    throw new Error('resume blocks in poll_oneoff');
  }
  return poll_oneoff(subscriptions, events, count, occurred);
};
const { instance } = await WebAssembly.instantiate(readFileSync(words[0]), imports);
const { memory, resume } = instance.exports;
// It has a `_start`, which is for hosts that may be blocked, and which node's `start` would call.
wasi.initialize({ exports: { memory } });

// While a file is waited for, it is looked at so often (in milliseconds).
const INTERVAL = 2;
function turn() {
  let waiting;
  try {
    waiting = resume();
  } catch (error) {
    if (!(error instanceof Exit)) {
      throw error;
    }
    process.exit(error.status);
  }
  const view = new DataView(memory.buffer, waiting, 16);
  const deadline = view.getBigUint64(0, true);
  const files = view.getUint32(12, true);
  let wait = files > 0 ? INTERVAL : 0;
  if (deadline !== 0xffffffffffffffffn) {
    const left = Math.max(0, Number(deadline - process.hrtime.bigint()) / 1e6);
    wait = files > 0 ? Math.min(wait, left) : left;
  }
  setTimeout(turn, Math.ceil(wait));
}
turn();
