#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rules themselves are tested: a small tree that keeps all of them passes, and each single change that breaks one is
# found, under the name of that rule.
#
#     self-test.sh COMPILER...
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
compiler=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

spdx='SPDX-License-Identifier: LGPL-2.1-or-later'
top="/* $spdx */
/*
 * What the file is for,
 * how it goes about it,
 * and what must hold.
 */"
tests_run=0 tests_failed=0

fail() {
    echo "FAILED: $1"
    tests_failed=$((tests_failed + 1))
}

lines() {
    local i
    for ((i = 0; i < $1; i++)); do
        echo "$2"
    done
}

# shellcheck disable=SC2016 # README.md has the backquotes of Markdown
# A tree in $work/tree that breaks no rule.
good_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work"/tree/{hv,resmgr,svp,tests/hv,docs}
    cd "$work/tree"
    printf '/* %s */\n#ifndef A\n#define A\ntypedef struct HvA HvA;\nint hv_a(void);\n#endif\n' "$spdx" >hv/a.h
    printf '/* %s */\n#include "hv/a.h"\n' "$spdx" >hv/hv-private.h
    printf '%s\n#include "hv/a.h"\n\nint hv_a(void)\n{\n    return 1; /* goto is a word here */\n}\n' "$top" >hv/a.c
    printf '%s\n#include "hv/a.h"\n#include "svp/b.h"\n\n#include <glib.h>\n' "$top" >svp/b.c
    printf '/* %s */\n' "$spdx" >svp/b.h
    printf '/* %s */\n/* A test. */\n#include "hv/a.h"\n#include "near.h"\n' "$spdx" >tests/hv/test-a.c
    printf '# %s\n' "$spdx" >meson.build
    printf '# Title\n[guide](docs/guide.md), see `hv/a.c`, https://example.org/x.\n' >README.md
    printf 'Back to [the start](../README.md#title).\n' >docs/guide.md
}

# expect RULE COMMAND...: the command must fail and name the rule; RULE "-": it must pass and print nothing.
expect() {
    local rule=$1 output status=0
    shift
    tests_run=$((tests_run + 1))
    output=$("$@" 2>&1) || status=$?
    if [ "$rule" = - ]; then
        if [ "$status" -ne 0 ] || [ -n "$output" ]; then
            fail "a good tree is refused by $(basename "$1"): $output"
        fi
    elif [ "$status" -ne 1 ] || ! grep -q ": $rule: " <<<"$output"; then
        fail "$rule is not found: '$output'"
    fi
}

# source_case RULE PATH TEXT: the good tree with one file written anew.
source_case() {
    good_tree
    mkdir -p "$(dirname "$2")"
    printf '%s\n' "$3" >"$2"
    expect "$1" "$here/lint-source.sh" .
}

test_source() {
    good_tree
    expect - "$here/lint-source.sh" .
    source_case layers hv/a.c "$top"$'\n#include "resmgr/a.h"'
    source_case layers resmgr/a.h "/* $spdx */"$'\n#include "svp/b.h"'
    source_case layers tests/hv/test-a.c "/* $spdx */"$'\n/* A test. */\n#include "resmgr/a.h"'
    source_case layers resmgr/a.c "$top"$'\n#include "hv/hv-private.h"'
    source_case layers hv/a.c "$top"$'\n#include "bench/a.h"'
    source_case include hv/a.c "$top"$'\n#include "a.h"'
    source_case include hv/a.c "$top"$'\n#include <sqlite3.h>'
    source_case include svp/b.c "$top"$'\n#include <libvirt/libvirt.h>'
    source_case include hv/guest.c "$top"$'\n#include <libvirt/libvirt.h>'
    source_case - hv/guest-libvirt.c "$top"$'\n#include <libvirt/libvirt.h>'
    source_case - hv/libvirt-doctor.c "$top"$'\n#include <libvirt/libvirt.h>'
    source_case prefix hv/a.h "/* $spdx */"$'\ntypedef struct {\n    int a;\n} Storage;'
    source_case prefix hv/a.h "/* $spdx */"$'\ntypedef struct Storage Storage;'
    source_case goto hv/a.c "$top"$'\nint hv_a(void)\n{\n    goto out;\n}'
    source_case top-comment hv/a.c "/* $spdx */"$'\n/* Short. */\nint hv_a;'
    source_case top-comment hv/a.c "/* $spdx */"$'\n/*\n'"$(lines 30 ' * Long.')"$'\n */\nint hv_a;'
    source_case top-comment tests/hv/test-a.c "/* $spdx */"$'\nint a;'
    source_case spdx hv/a.h '#ifndef A'
    source_case spdx meson.build "project('a', 'c')"
    source_case spdx scripts/run '#!/bin/sh'
}

test_lengths() {
    # A body of 68 lines between its braces is 70 lines long.
    source_case - hv/a.c "$top"$'\nint hv_a(void)\n{\n'"$(lines 68 '    a;')"$'\n}'
    source_case function-length hv/a.c "$top"$'\nint hv_a(void)\n{\n'"$(lines 69 '    a;')"$'\n}'
    source_case - hv/a.c "$top"$'\n'"$(lines 494 'int a;')"
    source_case file-length hv/a.c "$top"$'\n'"$(lines 495 'int a;')"

    # An exception holds for the length it names and no other, and must be needed.
    local allowed
    for allowed in "501 -" "500 file-length" "502 file-length"; do
        good_tree
        mkdir -p tests/lint
        printf '# %s\nhv/a.c %s # a table\n' "$spdx" "${allowed% *}" >tests/lint/exceptions.txt
        { echo "$top"; lines 495 'int a;'; } >hv/a.c
        expect "${allowed#* }" "$here/lint-source.sh" .
    done
    source_case exceptions tests/lint/exceptions.txt 'hv/gone.c 600 # a table'
    source_case exceptions tests/lint/exceptions.txt 'hv/a.c 7'
}

# symbol_case RULE CODE: CODE as an object file of layer hv.
symbol_case() {
    printf '%s\n' "$2" >"$work/a.c"
    "${compiler[@]}" -fPIC -w -c "$work/a.c" -o "$work/a.o"
    expect "$1" "$here/lint-symbols.sh" hv "$work/a.o"
}

test_symbols() {
    symbol_case - 'static const char *const names[] = {"a"}; const char *hv_name(int i) { return names[i]; }'
    symbol_case - 'int hv_quark(void) { static unsigned q; if (!q) q = 1; return (int)q; }'
    symbol_case prefix 'int resmgr_a(void) { return 1; }'
    symbol_case prefix 'int hva(void) { return 1; }'
    symbol_case prefix 'const int resmgr_limit = 1;'
    symbol_case variables 'int hv_count;'
    symbol_case variables 'static int count = 1; int hv_a(void) { return count++; }'
    symbol_case variables 'int hv_a(void) { static int count; return count++; }'
    symbol_case variables 'const char *hv_names[] = {"a"};'
    symbol_case variables '__thread int hv_a;'
    symbol_case variables 'int hv_a __attribute__((common));'
}

test_headers() {
    good_tree
    expect - "$here/lint-headers.sh" . "${compiler[@]}"
    echo 'size_t hv_length(void);' >>hv/a.h
    expect header "$here/lint-headers.sh" . "${compiler[@]}"
    good_tree
    echo 'struct HvA { int a; };' >hv/a.h # no guard
    expect header "$here/lint-headers.sh" . "${compiler[@]}"
}

test_docs() {
    good_tree
    expect - "$here/lint-docs.sh" .
    echo 'See [this](docs/gone.md#here).' >>README.md
    expect link "$here/lint-docs.sh" .
    good_tree
    # shellcheck disable=SC2016 # these are the backquotes of Markdown
    echo 'It begins in `hv/gone.c`.' >>docs/guide.md
    expect file "$here/lint-docs.sh" .
}

# A program that answers every command of its script with "done".
test_transcripts() {
    # shellcheck disable=SC2016 # it is a script
    printf '%s\n' '#!/bin/sh' 'while read -r line; do echo "[0 s] SVP> $line"; echo "$line done"; done <"$4"' >"$work/program"
    chmod +x "$work/program"
    good_tree
    printf '%s\n' '<!-- transcript a.ini -->' '```' '[0 s] SVP> RUN' 'RUN done' '```' '<!-- /transcript -->' >>README.md
    expect - "$here/lint-transcripts.sh" . "$work/program"
    sed -i 's/RUN done/RUN ready/' README.md
    expect transcript "$here/lint-transcripts.sh" . "$work/program"
    "$here/lint-transcripts.sh" . "$work/program" --update
    expect - "$here/lint-transcripts.sh" . "$work/program"
    sed -i '$d' README.md
    expect transcript "$here/lint-transcripts.sh" . "$work/program"
    good_tree
    printf '%s\n' '<!-- transcript a.ini -->' '```' '```' '<!-- /transcript -->' >>README.md
    expect transcript "$here/lint-transcripts.sh" . /bin/false
    good_tree
    printf '%s\n' '<!-- commands a.ini -->' '```' 'RUN 1s' '```' '<!-- /commands -->' >>README.md
    expect - "$here/lint-transcripts.sh" . "$work/program"
    expect transcript "$here/lint-transcripts.sh" . /bin/false
    sed -i '$d' README.md
    expect transcript "$here/lint-transcripts.sh" . "$work/program"
}

test_source
test_lengths
test_symbols
test_headers
test_docs
test_transcripts
echo "$tests_run cases, $tests_failed failed"
[ "$tests_failed" -eq 0 ]
