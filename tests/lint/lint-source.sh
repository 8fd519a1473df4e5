#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Layers, includes, type prefixes, lengths of files and functions, comments on top, SPDX lines.
#
#     lint-source.sh TOP      prints every offence, one line each; exit status 1 if there is one
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

folders=()
for folder in hv resmgr lpar monitor svp tests bench; do
    [ ! -d "$folder" ] || folders+=("$folder")
done

lint_c() {
    local exceptions=()
    [ ! -f tests/lint/exceptions.txt ] || exceptions=(tests/lint/exceptions.txt)
    find "${folders[@]}" -name '*.[ch]' | sort | xargs awk -f "$here/source.awk" "${exceptions[@]}"
}

# Scripts and build files; C files are looked at by source.awk.
lint_spdx() {
    local path
    {
        find "${folders[@]}" -name 'meson.build' -o -name '*.sh' -o -name '*.awk' -o -name '*.py'
        find . -maxdepth 1 -name 'meson*' -type f
        [ ! -d scripts ] || find scripts -type f
        [ ! -f .ci/run ] || echo .ci/run
    } | sort | while read -r path; do
        head -n 3 "$path" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' ||
            echo "$path:1: spdx: no SPDX line at the top"
    done
}

offences=$(lint_c; lint_spdx)
[ -z "$offences" ] || {
    printf '%s\n' "$offences"
    exit 1
}
