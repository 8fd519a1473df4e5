#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples do what they say: their scripts run to the end, sixty.ini is what make-sixty writes, refuses.svp is
# refused for each of its reasons, in that order, and the saves of backup.svp end when those of the procedure did.
#
#     test-examples.sh LPARSIM EXAMPLES
set -euo pipefail
lparsim=$(realpath "$1")
cd "$2"

# unknown, equal, not activated, stopped, no authority, MS and ES reserved, candidate, device number without and with
# FORCE, no room, dedicated, retired, nothing reserved after an INTEG
reasons="201 202 301 305 207 204 204 205 206 206 208 205 306 204"

status=0
./make-sixty | cmp - sixty.ini || status=1

for name in patent sixty window; do
    "$lparsim" console $name.ini -f $name.svp --json >/dev/null || {
        echo "$name.svp: exit status $?"
        status=1
    }
done

# It writes files where it is started.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
night=$(cd "$work" && "$lparsim" console "$OLDPWD/backup.ini" -f "$OLDPWD/backup.svp" --json) || {
    echo "backup.svp: exit status $?"
    status=1
}
for ended in 'SAVEQAS","code":0,"ended_s":7809' 'SAVEPRD","code":0,"ended_s":22485'; do
    grep -qF "$ended" <<<"$night" || { echo "backup.svp: no job has $ended"; status=1; }
done

refused=0
output=$("$lparsim" console refuses.ini -f refuses.svp --json --keep-going) || refused=$?
found=$(grep -o '"id": *"LPS[0-9]*E"' <<<"$output" | grep -o '[0-9]*' | tr '\n' ' ')
[ "$refused" -eq 1 ] || { echo "refuses.svp: exit status $refused, not 1"; status=1; }
[ "$found" = "$reasons " ] || { echo "refuses.svp: refused for $found, not $reasons"; status=1; }
exit $status
