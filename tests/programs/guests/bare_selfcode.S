// build: bare-O0
// exit: 36
// Code written at run time: a page is mapped, a function is written into it, and then another one over the first.

    .text
    .global _start
_start:
    mov x0, #0
    mov x1, #4096
    mov x2, #7                      // read, write, execute
    mov x3, #0x22                   // private, anonymous
    mov x4, #-1
    mov x5, #0
    mov x8, #222
    svc #0
    mov x19, x0
    adr x1, one
    bl install
    mov x0, #5
    blr x19                         // 5 * 3 + 1
    mov x20, x0
    adr x1, two
    bl install
    mov x0, #4
    blr x19                         // callback(4) + 10
    add x0, x0, x20
    mov x8, #93
    svc #0

// Copies four words from x1 to x19, and makes them code.
install:
    ldp x2, x3, [x1]
    stp x2, x3, [x19]
    dc cvau, x19
    dsb ish
    ic ivau, x19
    dsb ish
    isb
    adr x1, callback
    str x1, [x19, #64]
    ret

one:
    add x0, x0, x0, lsl #1
    add x0, x0, #1
    ret
    nop
two:
    ldr x1, two + 64                // what `install` stored behind the code
    br x1
    nop
    nop

callback:
    lsl x0, x0, #1
    add x0, x0, #12
    ret
