# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads meson's testlog.txt. Prints Check's own line of each test program, one line for each test that is not a
# Check program, and last "total PASSED FAILED SKIPPED".
#
# A Check program counts as many tests as its line says; any other test counts as one. A program that ended badly
# although its line shows no failure (it crashed later, or never came so far) counts as one failure more.

function close_section() {
    if (name == "")
        return
    if (checks) {
        passed += checks - bad
        failed += bad
        if (result != "exit status 0" && !bad) {
            failed++
            print name ": FAILED after its tests, " result
        }
    } else if (result == "exit status 0") {
        passed++
        print name ": ok"
    } else if (result == "exit status 77") {
        skipped++
        print name ": SKIPPED"
    } else {
        failed++
        print name ": FAILED, " result
    }
    name = ""
}

# A section: a line "==== 3/20 ====", a head up to "command:", what the test printed, a line of "=".
/^=+ [0-9]+\/[0-9]+ =+$/     { close_section(); in_head = 1; checks = bad = 0 }
in_head && /^test: /         { name = $NF }
in_head && /^result: /       { result = $0; sub(/^result: */, "", result) }
in_head && /^command: /      { in_head = 0 }
!in_head && /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
    print
    checks += $3
    bad += $5 + $7
}
END { close_section(); print "total", passed + 0, failed + 0, skipped + 0 }
