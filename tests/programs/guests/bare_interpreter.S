// build: bare-O0, bare-Os-pie, bare-O2-strip
// exit: 40
// An interpreter in assembly, as those of scripting languages are: its state is in callee-saved registers, handlers jump to one another's middles, and what a handler calls finds the interpreter's registers in the frame, where they
// are stored above the handler's own stack pointer.
//
// x19: the stack, x20: the handlers, x21: the program, x22: how often it jumped, x23: what was last taken from the stack.
        .text
        .globl _start
_start:
        sub     sp, sp, #48
        adr     x0, program
        bl      interpret
        mov     x8, #93
        svc     #0

        .type   interpret, %function
interpret:
        stp     x19, x20, [sp, #-80]!
        stp     x21, x22, [sp, #16]
        stp     x23, x30, [sp, #32]
        adrp    x19, stack
        add     x19, x19, :lo12:stack
        adr     x20, handlers
        mov     x21, x0
        mov     x22, #0
        mov     x23, #0
dispatch:
        ldrb    w1, [x21], #1
        ldr     w2, [x20, x1, lsl #2]
        add     x2, x20, w2, sxtw
        br      x2
        .size   interpret, .-interpret

        // Push a byte of the program.
        .type   op_push, %function
op_push:
        ldrb    w3, [x21], #1
        mov     x23, x3
push_x3:
        str     x3, [x19], #8
        b       dispatch
        .size   op_push, .-op_push

        // Add what is on the top to what is below; nothing if the program's next byte is not zero.
        .type   op_add, %function
op_add:
        ldrb    w5, [x21], #1
        cbnz    w5, nothing
        ldp     x3, x4, [x19, #-16]!
        add     x3, x3, x4
        b       push_x3
        .size   op_add, .-op_add

        // Take the top away if there is more than the next byte says: x23 is written on one way only.
        .type   op_drop, %function
op_drop:
        ldrb    w5, [x21], #1
        ldr     x4, [x19, #-8]
        cmp     x4, x5
        b.ls    nothing
        mov     x23, x4
        sub     x19, x19, #8
nothing:
        cbz     x5, no_more
        sub     x5, x5, #1
        b       nothing
no_more:
        b       dispatch
        .size   op_drop, .-op_drop

        // Push the top of the stack once more: the callee finds the stack and the place in the program in the frame.
        .type   op_copy, %function
op_copy:
        str     x19, [sp, #48]
        str     x21, [sp, #56]
        mov     x0, sp
        bl      helper
        mov     x3, x0
        b       push_x3
        .size   op_copy, .-op_copy

        // Go back by the byte if the register of the last drop or push is not zero and fewer than five jumps were made.
        .type   op_jump, %function
op_jump:
        ldrb    w3, [x21], #1
        cbz     x23, dispatch
        cmp     x22, #5
        b.hs    dispatch
        add     x22, x22, #1
        sub     x21, x21, x3
        b       nothing_left
nothing_left:
        mov     x5, #3
        b       nothing
        .size   op_jump, .-op_jump

        .type   op_end, %function
op_end:
        ldr     x0, [x19, #-8]!
        add     x0, x0, x22
        add     x0, x0, x23
        ldp     x21, x22, [sp, #16]
        ldp     x23, x30, [sp, #32]
        ldp     x19, x20, [sp], #80
        ret
        .size   op_end, .-op_end

        // The value below the saved top, plus what the program says next but one; zero if the frame is not as it should be.
        .type   helper, %function
helper:
        stp     x19, x30, [sp, #-32]!
        str     x21, [sp, #16]
        ldr     x19, [x0, #48]
        ldr     x21, [x0, #56]
        cbz     x19, 1f
        ldr     x0, [x19, #-8]
        ldrb    w1, [x21]
        add     x0, x0, x1
1:      ldr     x21, [sp, #16]
        ldp     x19, x30, [sp], #32
        ret
        .size   helper, .-helper

        .balign 4
handlers:
        .word   op_push - handlers
        .word   op_add - handlers
        .word   op_drop - handlers
        .word   op_copy - handlers
        .word   op_jump - handlers
        .word   op_end - handlers

program:
        .byte   0, 7            // push 7
        .byte   0, 1            // push 1
again:
        .byte   2, 200          // drop if above 200: not
        .byte   0, 2            // push 2
        .byte   1, 0            // add
        .byte   2, 100          // not dropped, x23 is 2
        .byte   4, . - again + 1 // five times
        .byte   1, 3            // nothing
        .byte   3               // copy: 13 plus the next byte, 2
        .byte   2, 14           // dropped: x23 is 15
        .byte   1, 0            // 20
        .byte   5               // 20 + 5 jumps + 15

        .bss
        .balign 16
stack:  .skip   256
