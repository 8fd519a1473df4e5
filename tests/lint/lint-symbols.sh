#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the object files of a layer say about it: every global symbol carries the layer's prefix, and there is no
# variable that could be written: .data and .bss are empty. Not for builds with sanitizers, which add their own.
#
#     lint-symbols.sh LAYER LIBRARY...      LIBRARY: static library or object file
#
# The one exception is the cell that G_DEFINE_QUARK keeps: it caches the number that GLib gave to a name.
set -euo pipefail
export LC_ALL=C
layer=$1
shift

symbols() {
    nm -g --defined-only "$@" | awk -v layer="$layer" '
        NF == 3 && index($3, layer "_") != 1 { print layer ": prefix: " $3 " does not begin with " layer "_" }'
}

# objdump -t: ADDRESS FLAGS SECTION <tab> SIZE NAME
writable() {
    objdump -t "$@" | awk -v layer="$layer" '
        $0 !~ /\t/ { next }
        {
            n = split($0, half, "\t")
            n = split(half[1], left, " ")
            section = left[n]
            split(half[2], right, " ")
            size = right[1]
            name = right[2]
        }
        section ~ /^\.data\.rel\.ro/ || size ~ /^0+$/ { next }
        name ~ /(^|_quark\.)q(\.[0-9]+)?$/ && size ~ /^0*4$/ { next }
        section ~ /^\.(data|bss|tdata|tbss|common)/ || section == "*COM*" {
            print layer ": variables: " name " can be written (" section ")"
        }'
}

offences=$(symbols "$@"; writable "$@")
[ -z "$offences" ] || {
    printf '%s\n' "$offences"
    exit 1
}
