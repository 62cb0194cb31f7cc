// build: bare-O0, bare-O1-pie, bare-Os-strip
// run: alpha "beta gamma"
// exit: 42
// env: KEY=value
// engines
// No libc: the stack as the kernel leaves it, read by hand; argc, argv, envp and the auxiliary vector; write and exit by svc.

    .text
    .global _start
_start:
    mov x19, sp
    ldr x20, [x19]                  // argc
    add x21, x19, #8                // argv
    tst x19, #15                    // the stack must be aligned
    b.ne fail
    mov x22, #1                     // skip argv[0], which is a path
1:  cmp x22, x20
    b.hs 2f
    ldr x0, [x21, x22, lsl #3]
    bl print_line
    add x22, x22, #1
    b 1b
2:  ldr x0, [x21, x20, lsl #3]      // argv[argc] is null
    cbnz x0, fail
    add x23, x21, x20, lsl #3
    add x23, x23, #8                // envp
3:  ldr x0, [x23], #8
    cbz x0, 4f
    bl print_line
    b 3b
4:  mov x24, #0                     // the auxiliary vector: AT_PAGESZ (6) and AT_ENTRY (9)
5:  ldp x0, x1, [x23], #16
    cbz x0, 6f
    cmp x0, #6
    csel x24, x1, x24, eq
    cmp x0, #9
    b.ne 5b
    adr x2, _start
    cmp x1, x2
    b.ne fail
    b 5b
6:  cmp x24, #4096
    b.ne fail
    adr x0, done
    bl print_line
    mov x0, #42
    mov x8, #94                     // exit_group
    svc #0
    brk #0
fail:
    mov x0, #1
    mov x8, #93
    svc #0

// Writes the string at x0 and a newline.
print_line:
    mov x9, x0
    mov x2, #0
7:  ldrb w3, [x9, x2]
    cbz w3, 8f
    add x2, x2, #1
    b 7b
8:  mov x1, x9
    mov x0, #1
    mov x8, #64
    svc #0
    adr x1, newline
    mov x2, #1
    mov x0, #1
    mov x8, #64
    svc #0
    ret

newline: .ascii "\n"
done: .asciz "done"
    .balign 4
