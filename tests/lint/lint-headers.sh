#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each header compiles alone, and twice in a row.
#
#     lint-headers.sh TOP COMPILER...
set -euo pipefail
cd "$1"
shift

read -r -a flags < <(pkg-config --cflags glib-2.0 cairo)
compile=("$@" -fsyntax-only -x c -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror "${flags[@]}" -I. -)

status=0
while read -r header; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "${compile[@]}" || {
        echo "$header:1: header: does not compile alone"
        status=1
    }
done < <(find hv resmgr lpar monitor svp -name '*.h' 2>/dev/null | sort)
exit $status
