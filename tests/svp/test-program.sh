#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The program from outside: exit status, what goes to which stream, scripts, pipes, files that are not there.
#
#     test-program.sh LPARSIM EXAMPLES
set -euo pipefail
export LC_ALL=C
lparsim=$(realpath "$1")
cd "$2"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

fail() {
    echo "$*"
    failures=$((failures + 1))
}

# expect STATUS WHAT-OUT WHAT-ERR COMMAND...: exit status, and a pattern that each stream has ('' : it is empty).
expect() {
    local status=$1 out=$2 err=$3 found=0
    shift 3
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || found=$?
    [ "$found" -eq "$status" ] || fail "$*: exit status $found, not $status"
    check_stream "$*" out "$out"
    check_stream "$*" err "$err"
}

check_stream() {
    if [ -z "$3" ]; then
        [ ! -s "$scratch/$2" ] || fail "$1: $2 is not empty: $(head -c 300 "$scratch/$2")"
    else
        grep -qe "$3" "$scratch/$2" || fail "$1: $2 has no '$3' but: $(head -c 300 "$scratch/$2")"
    fi
}

# script LINE...: a script with these lines; prints its path.
script() {
    printf '%s\n' "$@" >"$scratch/script.svp"
    echo "$scratch/script.svp"
}

expect 0 '^lparsim [0-9]' '' "$lparsim" --version
expect 0 'lparsim console' '' "$lparsim" --help
expect 0 'keep-going' '' "$lparsim" console --help
expect 2 '' LPS507E "$lparsim"
expect 2 '' LPS507E "$lparsim" fly
expect 2 '' 'LPS507E plan' "$lparsim" plan study
expect 2 '' 'LPS507E serve' "$lparsim" serve
expect 2 '' LPS507E "$lparsim" console
expect 2 '' LPS507E "$lparsim" doctor here
expect 1 'connection *missing' '' "$lparsim" doctor -c qemu+unix:///system?socket=/nonexistent
expect 1 '"check":"connection","status":"ok"' '' "$lparsim" doctor -c test:///default --json
printf '[machine]\nbackend = libvirt\nuri = qemu+foo:///x\nips = 1\nms = 64M\n' >"$scratch/real.ini"
expect 2 '' 'LPS105E The libvirt host qemu+foo:///x cannot be reached: .*lparsim doctor' "$lparsim" console "$scratch/real.ini"
expect 2 '' LPS507E "$lparsim" console patent.ini sixty.ini
expect 2 '' LPS507E "$lparsim" console patent.ini --bogus
expect 2 '' LPS507E "$lparsim" console patent.ini --seed=-1
expect 2 '' LPS507E "$lparsim" console patent.ini --color=blue
expect 2 '' LPS507E "$lparsim" console patent.ini --trace-format=xml
expect 2 '' LPS507E "$lparsim" reference
# Slice by slice gives the same figures, to the last digit.
printf 'RUN 5s\nINTEG LPAR2,LPAR1\nRUN 5s\nDISPLAY USAGE\nDISPLAY LPAR\nDISPLAY TRACE 1\n' >"$scratch/slices.svp"
"$lparsim" console patent.ini -f "$scratch/slices.svp" --json >"$scratch/closed.json"
"$lparsim" console patent.ini -f "$scratch/slices.svp" --json --every-slice >"$scratch/slices.json"
cmp "$scratch/closed.json" "$scratch/slices.json" || fail "--every-slice gives other figures"
expect 2 '' LPS506E "$lparsim" console "$scratch/none.ini"
expect 2 '' LPS506E "$lparsim" check /dev/null
expect 2 '' LPS505E "$lparsim" console patent.ini -f "$scratch/none.svp"
expect 2 '' LPS505E "$lparsim" console patent.ini -f "$scratch"
expect 2 '' LPS505E "$lparsim" console patent.ini --trace "$scratch/none/trace"
expect 0 'usable' '' "$lparsim" check patent.ini
expect 0 '^\[machine\]' '' "$lparsim" format patent.ini
for reference in machine-file commands messages; do
    expect 0 '|' '' "$lparsim" reference $reference
done

# What format writes, format writes again.
"$lparsim" format sixty.ini >"$scratch/a.ini"
"$lparsim" format "$scratch/a.ini" | cmp - "$scratch/a.ini" || fail "format of format differs"

# A script ends at the first refused command, or not; the commands after QUIT are not given.
expect 0 '"at_s":1.0' '' "$lparsim" console patent.ini --json -f "$(script 'RUN 1s' QUIT 'RUN 1s')"
expect 1 LPS201E LPS003W "$lparsim" console patent.ini --json -f "$(script 'STOP 9' 'RUN 1s')"
[ "$(wc -l <"$scratch/out")" -eq 1 ] || fail "a refused script went on"
expect 1 '"ran_s":1.0' '' "$lparsim" console patent.ini --json --keep-going -f "$(script 'STOP 9' 'RUN 1s')"
expect 1 '"ran_s":2.0' LPS003W "$lparsim" console patent.ini --json -f "$(script 'AT 1s START 1' 'RUN 2s' 'RUN 1s')"
expect 0 '"ok":true' LPS002W "$lparsim" console patent.ini --json -f "$(script 'AT 9s DISPLAY MS' 'RUN 1s')"

# Standard input; a last line without newline; nothing at all; CRLF; NUL.
printf 'RUN 1s\r\nDISPLAY MS' | "$lparsim" console patent.ini --json >"$scratch/out"
[ "$(wc -l <"$scratch/out")" -eq 2 ] || fail "standard input gave $(wc -l <"$scratch/out") objects"
expect 0 '' '' "$lparsim" console patent.ini --json
status=0
printf 'DISP\0LAY MS\n' | "$lparsim" console patent.ini --json >"$scratch/out" 2>/dev/null || status=$?
[ "$status" -eq 1 ] || fail "a NUL: exit status $status"
grep -q LPS501E "$scratch/out" || fail "a NUL is no refused command"

# Text goes to a pipe without escape codes, echoes with -f, and colours when told to.
expect 0 'SVP> DISPLAY MS' '' "$lparsim" console patent.ini -f "$(script 'DISPLAY MS')"
! grep -q $'\033' "$scratch/out" || fail "an escape code in a pipe"
! grep -qP '[^\x00-\x7F]' "$scratch/out" || fail "not ASCII in the C locale"
expect 0 $'\033' '' "$lparsim" console patent.ini --color=always -f "$(script 'DISPLAY MS')"
expect 0 '"ms"' '' "$lparsim" console patent.ini --color=always --json -f "$(script 'DISPLAY MS')"
! grep -q $'\033' "$scratch/out" || fail "an escape code in JSON"

# Somebody who reads one line and goes away ends it quietly; a full disk does not.
{
    status=0
    yes 'DISPLAY MS' | head -n 100000 | "$lparsim" console patent.ini --json 2>"$scratch/err" || status=$?
    echo $status >"$scratch/status"
} | head -n 1 >/dev/null
[ ! -s "$scratch/err" ] || fail "a closed pipe: $(cat "$scratch/err")"
status=0
echo 'DISPLAY MS' | "$lparsim" console patent.ini >/dev/full 2>"$scratch/err" || status=$?
[ "$status" -eq 2 ] || fail "a full disk: exit status $status"
grep -q LPS505E "$scratch/err" || fail "a full disk is not said"

# The trace is the same whatever is written where, and another seed is another run.
digest() {
    printf '%s\n' 'RUN 2s' 'INTEG 2,1' 'RUN 1s' 'DISPLAY TRACE' >"$scratch/script.svp"
    "$lparsim" console patent.ini --json -f "$scratch/script.svp" "$@" | grep -o '"digest":"[0-9a-f]*"' | tail -n 1
}
plain=$(digest)
[ "$(digest --trace "$scratch/t1")" = "$plain" ] || fail "--trace changes the digest"
[ "$(digest --trace "$scratch/t2" --trace-format json)" = "$plain" ] || fail "--trace-format changes the digest"
[ "$(digest --trace "$scratch/t3.json")" = "$plain" ] || fail "--trace FILE.json changes the digest"
[ "$(head -c 40 "$scratch/t3.json")" = '{"displayTimeUnit":"ns","traceEvents":[' ] || fail "t3.json is no Chrome trace"
[ "$(tail -n 1 "$scratch/t3.json")" = ']}' ] || fail "t3.json has no end"
[ -s "$scratch/t1" ] || fail "the trace is empty"
[ "$(wc -l <"$scratch/t1")" -eq "$(wc -l <"$scratch/t2")" ] || fail "the traces differ in length"
[ "$(digest --seed 1)" = "$plain" ] || fail "the default seed is not 1"

[ "$failures" -eq 0 ]
