// build: bare-O0, bare-Os-pie, bare-O2-strip
// exit: 42
// Code that is written as numbers, which assemblers mark as data: a function with a symbol, and one that only a call tells of, whose first instruction must not be executed twice.
        .text
        .globl _start
_start:
        mov     x0, #3
        bl      named
        bl      unnamed
        mov     x8, #93
        svc     #0

        .type   named, %function
named:
        .word   0xd10043ff      // sub  sp, sp, #16
        .word   0xf90003fe      // str  x30, [sp]
        .word   0x9b007c00      // mul  x0, x0, x0
        .word   0xf94003fe      // ldr  x30, [sp]
        .word   0x910043ff      // add  sp, sp, #16
        .word   0xd65f03c0      // ret
        .size   named, .-named

        .inst   0xd503201f
unnamed:
        .word   0x91008400      // add  x0, x0, #33
        .word   0xd65f03c0      // ret
