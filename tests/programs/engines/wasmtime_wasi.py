"""Runs a WASI module in PyPI's Wasmtime: [--env=NAME=VALUE]... MODULE [ARG...], with the current directory as `.`."""

import sys

import wasmtime

words = sys.argv[1:]
env = []
while words[0].startswith("--env="):
    env.append(tuple(words.pop(0)[len("--env="):].split("=", 1)))

engine = wasmtime.Engine()
linker = wasmtime.Linker(engine)
linker.define_wasi()
store = wasmtime.Store(engine)
wasi = wasmtime.WasiConfig()
wasi.argv = words
wasi.env = env
wasi.inherit_stdin()
wasi.inherit_stdout()
wasi.inherit_stderr()
wasi.preopen_dir(".", ".")
store.set_wasi(wasi)
instance = linker.instantiate(store, wasmtime.Module.from_file(engine, words[0]))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap as exit:
    sys.exit(exit.code)
