// build: gcc-O2, gcc-O2-strip
// flags: -I{corpus}/usr/include/luajit-2.1 {corpus}/usr/lib/aarch64-linux-gnu/libluajit-5.1.a -ldl
// seconds: 200
// A just-in-time compiler of others: LuaJIT, whose interpreter is assembly and whose traces are made while the scripts run.
// Its errors are thrown through frames of assembly by the unwinder, its coroutines change stacks, its calls to C functions and callbacks from them are made at run time as well.
#include <lua.hpp>
#include <luajit.h>
#include <stdio.h>
#include <string.h>

extern "C" {
// What scripts find by its name in the executable would need dynamic linking: they get addresses instead.
static int weigh(int a, double b, const char *text) { return a * 3 + (int)(b * 2) + text[0]; }
static int each(int (*function)(int), int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += function(i);
  return sum;
}
}

struct Script {
  const char *name, *text;
};

static const Script scripts[] = {
  {"numbers", R"lua(
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    print(fib(20))
    local t, sum = {}, 0
    for i = 1, 50000 do t[i] = (i * 7919) % 100003 end
    for i = 1, #t do sum = sum + t[i] % 17 end
    print(sum)
    local s = 0.0
    for i = 1, 300000 do s = s + 1 / i end
    print(string.format("%.12f %g %g", s, 0 / 0 ~= 0 / 0 and 1 or 0, math.huge))
    local h = 0
    for i = 1, 100000 do h = bit.bxor(bit.rol(h, 5), i, bit.rshift(h, 27)) end
    print(h, bit.tohex(h), bit.bswap(h), bit.arshift(h, 3))
    local hits = 0
    for i = 1, 2000 do local x = math.sin(i) * 10; if math.floor(x) % 3 == 0 then hits = hits + math.abs(x) end end
    print(string.format("%.9f", hits))
  )lua"},
  {"strings", R"lua(
    local words = {}
    for w in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = w:upper() end
    table.sort(words, function(a, b) return a > b end)
    print(table.concat(words, "-"))
    local text = {}
    for i = 1, 3000 do text[i] = ("%05d:%x;"):format(i * 31 % 1009, i) end
    local all = table.concat(text)
    print(#all, all:sub(100, 140), (all:gsub("%d+:(%x+);", function(x) return #x == 3 and "" or "." end)))
    print(("x"):rep(10, ","), ("abc"):byte(1, -1), ("%q"):format("a\n\0b"), tostring(nil), tonumber("0x1p4"))
  )lua"},
  {"tables", R"lua(
    local point = {}
    point.__index = point
    point.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, point) end
    point.__tostring = function(p) return "(" .. p.x .. ", " .. p.y .. ")" end
    function point:length2() return self.x * self.x + self.y * self.y end
    local sum = setmetatable({x = 0, y = 0}, point)
    for i = 1, 20000 do sum = sum + setmetatable({x = i, y = -i % 7}, point) end
    print(tostring(sum), sum:length2())
    local keys = {}
    for i = 1, 5000 do keys["k" .. i % 997] = (keys["k" .. i % 997] or 0) + i end
    local count, total = 0, 0
    for k, v in pairs(keys) do count, total = count + 1, total + v end
    print(count, total, next({}), rawlen and 1 or #{1, 2, 3}, select("#", unpack({1, nil, 3}, 1, 3)))
    for i = 1, 200 do local t = {}; for j = 1, 500 do t[j] = {j} end end
    collectgarbage()
    print(collectgarbage("count") < 20000)
  )lua"},
  {"errors", R"lua(
    print(pcall(error, {code = 1}) , select(2, pcall(error, "message", 0)))
    local function deep(n) if n == 0 then error("at the bottom", 0) end return 1 + deep(n - 1) end
    local caught = 0
    for i = 1, 300 do local ok, message = pcall(deep, i % 20); if not ok and message == "at the bottom" then caught = caught + 1 end end
    print(caught)
    local n = 0
    for i = 1, 3000 do local ok = pcall(function(x) return x.field.other end, i % 2 == 0 and {field = {}} or 1); if ok then n = n + 1 end end
    print(n, xpcall(function() local x = nil; return x + 1 end, function(m) return "handled: " .. m:match("attempt.*") end))
    local function forever() return 1 + forever() end
    local ok, message = pcall(forever)
    print(ok, message:match("stack overflow"))
    print(pcall(string.rep), pcall(setmetatable, 1, 2))
  )lua"},
  {"coroutines", R"lua(
    local squares = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i * i) end end)
    print(squares(), squares(), squares())
    local function generate(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
    local function keep(p, g) return coroutine.wrap(function() for i in g do if i % p ~= 0 then coroutine.yield(i) end end end) end
    local g, primes = coroutine.wrap(function() for i = 2, 400 do coroutine.yield(i) end end), {}
    while true do local p = g(); if not p or p > 200 then break end; primes[#primes + 1] = p; g = keep(p, g) end
    print(#primes, primes[#primes])
    local co = coroutine.create(function() error({1}) end)
    print(coroutine.resume(co) , coroutine.status(co))
    local total = 0
    for i in generate(20000) do total = total + i end
    print(total)
  )lua"},
  {"ffi", R"lua(
    local ffi = require "ffi"
    ffi.cdef "typedef struct { double x, y; } lj_point; typedef int (*weigh_t)(int, double, const char *); typedef int (*one_t)(int); typedef int (*each_t)(one_t, int);"
    local p = ffi.new("lj_point[100]")
    for r = 1, 100 do for i = 0, 99 do p[i].x = p[i].x + i; p[i].y = p[i].x * 0.5 end end
    print(p[99].x, p[99].y, ffi.sizeof("lj_point"))
    local weigh, each = ffi.cast("weigh_t", WEIGH), ffi.cast("each_t", EACH)
    local sum = 0
    for i = 1, 2000 do sum = sum + weigh(i, i * 0.25, "a") end
    print(sum)
    jit.off()
    local called = ffi.cast("one_t", function(i) return i * 2 + 1 end)
    for i = 1, 20 do sum = sum + each(called, i) end
    called:free()
    jit.on()
    print(sum, ffi.string(ffi.new("char[4]", "xyz")), 0x7fffffffffffffffLL + 1LL, tostring(ffi.cast("uint64_t", -1)))
  )lua"},
  {"switching", R"lua(
    -- Traces thrown away and made anew, and the same function with and without the compiler.
    local function work(n) local s = 0; for i = 1, n do s = (s * 3 + i) % 65521 end return s end
    for i = 1, 30 do
      if i % 7 == 0 then jit.flush() end
      if i % 5 == 0 then jit.off(work) elseif i % 5 == 2 then jit.on(work) end
      if work(1000) ~= 13940 then print("wrong", i, work(1000)) break end
    end
    local code = {}
    for i = 1, 60 do code[i] = loadstring("local x = ... ; for i = 1, 100 do x = (x * " .. i .. " + i) % 10007 end return x") end
    local x = 1
    for round = 1, 5 do for i = 1, #code do x = code[i](x) end end
    print(x)
  )lua"},
};

// Whether there is machine code of a trace.
static const char traces[] = "local util = require 'jit.util'; return util.traceinfo(1) ~= nil";

int main(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushlightuserdata(L, (void *)weigh);
  lua_setglobal(L, "WEIGH");
  lua_pushlightuserdata(L, (void *)each);
  lua_setglobal(L, "EACH");
  for (const Script &script : scripts) {
    printf("-- %s\n", script.name);
    fflush(stdout);
    if (luaL_loadbuffer(L, script.text, strlen(script.text), script.name) || lua_pcall(L, 0, 0, 0)) {
      printf("error: %s\n", lua_tostring(L, -1));
      lua_pop(L, 1);
    }
    if (luaL_loadstring(L, traces) || lua_pcall(L, 0, 1, 0))
      printf("error: %s\n", lua_tostring(L, -1));
    else
      printf("-- traces: %s\n", lua_toboolean(L, -1) ? "yes" : "no");
    lua_pop(L, 1);
    fflush(stdout);
  }
  lua_close(L);
  return 0;
}
