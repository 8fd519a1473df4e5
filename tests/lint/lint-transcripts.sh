#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the documentation shows is what the program prints. A transcript stands between two markers, and its commands are the
# lines with a prompt in it; they are given to the program, and the output must be the same, letter by letter:
#
#     <!-- transcript MACHINE -->
#     ```
#     [0.000 s] SVP> RUN 10s
#     ...
#     ```
#     <!-- /transcript -->
#
#     lint-transcripts.sh TOP LPARSIM             compares; exit status 1 if one differs
#     lint-transcripts.sh TOP LPARSIM --update    writes what the program prints into the pages
set -euo pipefail
export LC_ALL=C.UTF-8
lparsim=$(realpath "$2")
update=${3-}
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Makes $work/page: the page with every transcript as the program prints it now.
make_page() {
    local line machine='' status=0
    while IFS= read -r line; do
        if [[ $line =~ ^'<!-- transcript '(.*)' -->'$ ]]; then
            machine=${BASH_REMATCH[1]}
            : >"$work/script"
            printf '%s\n' "$line"
        elif [ "$line" = '<!-- /transcript -->' ]; then
            echo '```'
            "$lparsim" console "$machine" -f "$work/script" 2>&1 || status=1
            echo '```'
            printf '%s\n' "$line"
            machine=
        elif [ -z "$machine" ]; then
            printf '%s\n' "$line"
        elif [[ $line == '['*'] SVP> '* ]]; then
            printf '%s\n' "${line#*'] SVP> '}" >>"$work/script"
        fi
    done <"$1" >"$work/page"
    [ -z "$machine" ] || status=1
    return $status
}

status=0
for page in README.md docs/*.md; do
    grep -q '^<!-- transcript ' "$page" 2>/dev/null || continue
    make_page "$page" || {
        echo "$page:1: transcript: a command is refused, or there is no end marker"
        status=1
    }
    if [ "$update" = --update ]; then
        cp "$work/page" "$page"
    elif ! diff -u --label "$page" --label "as the program prints it" "$page" "$work/page"; then
        echo "$page:1: transcript: differs; lint-transcripts.sh TOP LPARSIM --update writes it anew"
        status=1
    fi
done
exit $status
