#!/bin/sh
# The fences of the mailbox driver, which no model of its registers can see, in the code for riscv64:
# mailbox_fences_test.sh OBJDUMP LIBRARY, where LIBRARY is libk230_hal_k230.a of a build for riscv64. Of memory and
# registers ("iorw,iorw", which objdump shows as a plain "fence"): before a ring's first register access, and after a
# take's last one. One line for each rule: "ok NAME" or "FAILED NAME: what".
set -eu
said=$("$1" -dr --no-show-raw-insn "$2" | awk '
    # Labels within a function begin with a dot.
    /^[0-9a-f]+ <[^.].*>:$/ { name = substr($2, 2, length($2) - 3) }
    /R_RISCV_(CALL|CALL_PLT|JAL)[ \t]+[^.]/ { steps[name] = steps[name] " " $NF }
    $2 == "fence" && (NF == 2 || $3 == "iorw,iorw") { steps[name] = steps[name] " fence" }
    # A call of k230_register.c, or of a function of the driver that the compiler left apart and that has one.
    function is_access(step) { return step ~ /^k230_register_/ || steps[step] ~ /k230_register_/ }
    function look(name, i, count, step) {
        accesses = before = after = 0
        count = split(steps[name], step, " ")
        for (i = 1; i <= count; i++)
            if (step[i] == "fence") {
                before = before || !accesses
                after = 1
            } else if (is_access(step[i])) {
                accesses++
                after = 0
            }
    }
    function rule(name, holds, what) { print holds ? "ok " name : "FAILED " name ": " what }
    END {
        look("k230_mailbox_notify")
        rule("MailboxFences.ARingBeginsWithOne", accesses && before,
            "k230_mailbox_notify has no fence iorw,iorw before its first register access")
        look("k230_mailbox_take")
        rule("MailboxFences.ATakeEndsWithOne", accesses && after,
            "k230_mailbox_take has no fence iorw,iorw after its last register access")
    }')
echo "$said"
case $said in *FAILED*) exit 1 ;; esac
