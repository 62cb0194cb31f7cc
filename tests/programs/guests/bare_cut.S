// build: bare-O0, bare-O2-strip
// exit: 168
// Data points into code, which is cut into functions there. What no standard passes goes over the cuts, also where sp is another by then, or the target is not known: the flags, x9 and x12, and the upper halves of v9 and v16,
// of which the part before reads the lower ones.
        // What goes over the cuts.
        .macro  begin
        mov     x11, sp
        mov     x9, #3
        mov     x12, #40
        adrp    x13, vectors
        add     x13, x13, :lo12:vectors
        ldp     q9, q16, [x13]
        .endm

        .text
        .globl _start
_start:
        adrp    x19, pointers
        add     x19, x19, :lo12:pointers
        mov     x20, #0
1:      ldr     x1, [x19]
        blr     x1
        add     x20, x20, x0
        ldr     x1, [x19, #24]
        blr     x1
        add     x20, x20, x0
        ldr     x1, [x19, #40]
        blr     x1
        add     x0, x20, x0
2:      mov     x8, #93
        svc     #0
        b       2b

first:
        begin
        cmp     x9, #3
second:
        fadd    d0, d9, d16
        adrp    x3, stack
        add     x3, x3, :lo12:stack
        ldr     x4, [x3]
        add     x3, x3, x4
        mov     sp, x3
        b       third
        nop
elsewhere:
        begin
        adrp    x13, pointers
        add     x13, x13, :lo12:pointers
        cmp     x9, #3
further:
        fadd    d0, d9, d16
        ldr     x5, [x13, #16]
        adrp    x3, stack
        add     x3, x3, :lo12:stack
        ldr     x4, [x3]
        add     x3, x3, x4
        mov     sp, x3
        br      x5
        nop
linked:
        begin
        str     x30, [sp, #-16]
        adr     x30, first
        cmp     x9, #3
unlinked:
        fadd    d0, d9, d16
        ldr     x30, [sp, #-16]
        b       third
        nop
third:
        cset    x0, eq
        cinc    x0, x0, cs
        cinc    x0, x0, pl
        add     x0, x0, x9
        add     x0, x0, x12
        mov     x2, v9.d[1]
        add     x0, x0, x2
        mov     x2, v16.d[1]
        add     x0, x0, x2
        fcvtzs  x2, d0
        add     x0, x0, x2
        mov     sp, x11
        ret

        .data
        .balign 8
pointers:
        .quad   first, second, third, elsewhere, further, linked, unlinked
        .balign 16
vectors:
        .double 1.0
        .quad   3
        .double 2.0
        .quad   4
stack:  .quad   64
        .zero   120
