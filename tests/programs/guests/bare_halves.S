// build: bare-O0, bare-O2-strip
// exit: 5
// A lower half that is moved onto itself clears the upper half: of a register that is passed, and of one whose lower half is callee-saved.
        .text
        .globl _start
_start:
        adrp    x1, data
        add     x1, x1, :lo12:data
        ldr     q1, [x1]
        ldr     q9, [x1]
        add     x1, x1, #16
        mov     x9, #0
        bl      halves
        // 5 only if the upper halves were there before, and are zero now.
        ldp     x2, x3, [x1]
        cmp     x3, #4
        csel    x0, x2, xzr, eq
        ldp     x2, x3, [x1, #16]
        orr     x4, x3, xzr
        ldp     x2, x3, [x1, #32]
        orr     x4, x4, x3
        ldr     x5, [x1, #56]
        orr     x4, x4, x5
        add     x0, x0, x4
        mov     x8, #93
        svc     #0

halves:
        str     q1, [x1]
        str     q9, [x1, #16]
        fmov    d1, d1
        fmov    d9, d9
        cbz     x9, 1f
        nop
1:      str     q1, [x1, #32]
        str     q9, [x1, #16]
        // What was returned is no longer there either.
        stp     d9, d9, [sp, #-16]!
        ldp     d9, d8, [sp], #16
        cbz     x9, 2f
        nop
2:      str     q9, [x1, #48]
        ret

        .data
        .balign 16
data:   .quad   5, 4
        .quad   0, 0, 0, 0, 0, 0, 0, 0
