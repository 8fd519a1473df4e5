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
# Commands without what they print stand between two others; all of them must be carried out as they stand there. Folders
# that begin with /backup or /var/lib are elsewhere then, and empty at first.
#
#     <!-- commands MACHINE [OPTION...] -->
#     ```
#     SAVE SYSTEM DEV(TAP01)
#     ```
#     <!-- /commands -->
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

# Does what is in $work/script; the argument is the machine, with options.
carry_out() {
    local root arguments elsewhere
    root=$(mktemp -d "$work/root-XXXX")
    elsewhere="s,([ (,;])/(backup|var/lib)/,\\1$root/\\2/,g"
    mkdir -p "$root/backup" "$root/var/lib"
    sed -E "$elsewhere" "$work/script" >"$work/moved"
    read -ra arguments < <(sed -E "$elsewhere" <<<"$1")
    "$lparsim" console "${arguments[@]}" -f "$work/moved" >"$work/said" 2>&1 || {
        tail -n 3 "$work/said" >&2
        return 1
    }
}

# Makes $work/page: the page with every transcript as the program prints it now.
make_page() {
    local line machine='' commands='' status=0
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
        elif [[ $line =~ ^'<!-- commands '(.*)' -->'$ ]]; then
            commands=${BASH_REMATCH[1]}
            : >"$work/script"
            printf '%s\n' "$line"
        elif [ "$line" = '<!-- /commands -->' ]; then
            carry_out "$commands" || status=1
            commands=
            printf '%s\n' "$line"
        elif [ -z "$machine" ]; then
            printf '%s\n' "$line"
            [ -z "$commands" ] || [ "$line" = '```' ] || printf '%s\n' "$line" >>"$work/script"
        elif [[ $line == '['*'] SVP> '* ]]; then
            printf '%s\n' "${line#*'] SVP> '}" >>"$work/script"
        fi
    done <"$1" >"$work/page"
    [ -z "$machine$commands" ] || status=1
    return $status
}

status=0
for page in README.md docs/*.md; do
    grep -qE '^<!-- (transcript|commands) ' "$page" 2>/dev/null || continue
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
