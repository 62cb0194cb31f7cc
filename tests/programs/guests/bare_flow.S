// build: bare-O0, bare-Os-pie, bare-O2-strip
// engines
// Odd control flow that compilers do not emit: each check computes a number; the first wrong one becomes the exit status.

    .text
    .global _start

    .macro expect number, register, value
    mov x9, #\value
    cmp \register, x9
    mov x0, #\number
    b.ne fail
    .endm

_start:
    // 1: br into the middle of a function that is also called normally.
    mov x0, #5
    bl counted
    mov x19, x0                     // 5 + 1 + 2 + 3
    adr x1, counted_middle
    adr x30, 1f
    mov x0, #5
    br x1                           // 5 + 2 + 3, returns to 1f
    brk #1
1:  add x19, x19, x0
    expect 1, x19, 21

    // 2: ret to a computed address, through a register that is not x30.
    adr x10, 2f
    mov x11, #1
    ret x10
    mov x11, #100
2:  expect 2, x11, 1

    // 3: a call that returns to somewhere else: the callee adds 8 to x30 and skips two instructions.
    mov x12, #0
    bl skipping
    add x12, x12, #100
    add x12, x12, #100
    add x12, x12, #1
    expect 3, x12, 1

    // 4: x30 swapped against another address: the function returns to a place that nobody called from.
    mov x13, #0
    bl diverted
    mov x13, #77
4:  expect 4, x13, 3

    // 5: a jump table by hand: byte offsets, counted in words.
    mov x20, #0
    mov x21, #0
5:  adr x1, table
    ldrb w2, [x1, x21]
    adr x3, cases
    add x3, x3, w2, uxtb #2
    br x3
cases:
    add x20, x20, #1
    b 6f
    add x20, x20, #10
    b 6f
    add x20, x20, #100
    b 6f
    add x20, x20, #1000
    // falls through
6:  add x21, x21, #1
    cmp x21, #8
    b.lo 5b
    mov x9, #2221
    cmp x20, x9
    mov x0, #5
    b.ne fail

    // 6: a table of absolute code addresses, computed at run time and stored on the stack; called with blr in a loop.
    sub sp, sp, #48
    adr x1, op_add
    adr x2, op_double
    adr x3, op_negate
    stp x1, x2, [sp]
    stp x3, x2, [sp, #16]
    stp x1, x3, [sp, #32]
    mov x0, #3
    mov x22, #0
7:  ldr x1, [sp, x22, lsl #3]
    blr x1
    add x22, x22, #1
    cmp x22, #6
    b.ne 7b
    add sp, sp, #48
    expect 6, x0, 33                // 10, 20, -20, -40, -33, 33
    b 8f

    // 7: mutual jumps between two loops that share a body (irreducible).
8:  mov x23, #0
    mov x24, #10
    tbnz x24, #0, second
first:
    add x23, x23, #3
    subs x24, x24, #1
    b.eq 9f
    tbz x23, #1, first
second:
    add x23, x23, #5
    subs x24, x24, #1
    b.eq 9f
    tbnz x23, #0, first
    b second
9:  expect 7, x23, 40

    // 8: recursion with a stack of its own: sp moved to another place and back.
    adrp x1, stack_end
    add x1, x1, :lo12:stack_end
    mov x25, sp
    mov sp, x1
    mov x0, #10
    bl triangle
    mov sp, x25
    expect 8, x0, 55

    // 9: coroutines: two stacks, switching by saving sp and x30 only.
    adrp x1, other_end
    add x1, x1, :lo12:other_end
    adr x2, generator
    stp x2, xzr, [x1, #-16]!
    mov x26, x1                     // the other side's sp
    mov x27, #0
    mov x28, #6
10: bl switch
    add x27, x27, x0
    subs x28, x28, #1
    b.ne 10b
    expect 9, x27, 91               // 1 + 4 + 9 + 16 + 25 + 36

    // 10: a function that leaves by a tail call with a changed stack pointer; one that never returns but jumps.
    mov x0, #4
    bl tail
    expect 10, x0, 30

    // 11: code behind an unconditional branch that only data points to.
    adrp x1, hidden_pointer
    ldr x1, [x1, :lo12:hidden_pointer]
    adr x2, _start
    adrp x3, start_pointer
    ldr x3, [x3, :lo12:start_pointer]
    sub x2, x2, x3                  // the load bias, if the words were not relocated
    add x1, x1, x2
    blr x1
    expect 11, x0, 123

    // 12: flags live across a call and a branch.
    mov x0, #1
    cmp x0, #2
    bl keeps_flags
    cset x1, lo
    expect 12, x1, 1

    adr x1, message
    mov x2, #5
    mov x0, #1
    mov x8, #64
    svc #0
    mov x0, #0
fail:
    mov x8, #93
    svc #0

counted:
    add x0, x0, #1
counted_middle:
    add x0, x0, #2
    add x0, x0, #3
    ret

skipping:
    add x30, x30, #8
    ret

diverted:
    mov x13, #3
    adr x30, 4b
    ret

op_add:
    add x0, x0, #7
    ret
op_double:
    lsl x0, x0, #1
    ret
op_negate:
    neg x0, x0
    mov x1, #0
    ret

triangle:
    cbz x0, 11f
    stp x0, x30, [sp, #-16]!
    sub x0, x0, #1
    bl triangle
    ldp x1, x30, [sp], #16
    add x0, x0, x1
11: ret

// Changes to the stack in x26; continues there after its own call of `switch`.
switch:
    stp x30, xzr, [sp, #-16]!
    mov x9, sp
    mov sp, x26
    mov x26, x9
    ldp x30, xzr, [sp], #16
    ret
generator:
    mov x15, #1
12: mul x0, x15, x15
    bl switch
    add x15, x15, #1
    b 12b

tail:
    stp x29, x30, [sp, #-32]!
    str x0, [sp, #16]
    bl op_double
    ldr x1, [sp, #16]
    mul x0, x0, x1                  // 8 * 4
    ldp x29, x30, [sp], #32
    b tail_rest
    brk #2
hidden:
    mov x0, #123
    ret
tail_rest:
    sub x0, x0, #2
    ret

keeps_flags:
    mov x5, #5
    cbz x5, fail
    tbz x5, #0, fail
    ret

table: .byte 0, 2, 4, 6, 6, 4, 2, 1
message: .ascii "done\n"
    .data
    .balign 8
hidden_pointer: .xword hidden
start_pointer: .xword _start
    .bss
    .balign 16
    .skip 4096
stack_end:
    .skip 4096
other_end:
