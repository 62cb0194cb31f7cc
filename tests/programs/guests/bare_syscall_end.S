// build: bare-O0, bare-Os-pie, bare-O2-strip
// run:
// exit: 6
// A system call as the last instruction of its function: the next address has a symbol of its own, as in musl's cancellable calls. Registers of the callers must survive when
// the call unwinds.

    .text
    .global _start, middle, wrapper, call, call_end

_start:
    mov x19, #1
    mov x20, #2
    mov x21, #3
    bl middle
    add x0, x19, x20
    add x0, x0, x21
    mov x8, #93                     // exit
    svc #0

middle:
    stp x29, x30, [sp, #-48]!
    mov x29, sp
    stp x19, x20, [sp, #16]
    str x21, [sp, #32]
    mov x19, #10
    mov x20, #20
    mov x21, #30
    bl wrapper
    add x0, x19, x20
    ldr x21, [sp, #32]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #48
    ret

wrapper:
    stp x29, x30, [sp, #-32]!
    mov x29, sp
    stp x19, x20, [sp, #16]
    mov x20, x0
    mov x19, x1
    mov x1, #124                    // sched_yield
    bl call
    cmp x20, #57
    add x0, x0, x19
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #32
    ret

    .type call, %function
call:
    mov x8, x1
    svc #0
    .size call, . - call
    .type call_end, %function
call_end:
    ret
    .size call_end, . - call_end
