#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What README.md and docs/ point to is there: the targets of relative links, and the files that they name in
# backquotes with their folder, such as `hv/engine.c`.
#
#     lint-docs.sh TOP
set -euo pipefail
export LC_ALL=C
cd "$1"

pages=()
for page in README.md docs/*.md; do
    [ ! -f "$page" ] || pages+=("$page")
done

broken_links() {
    local page target
    for page in "${pages[@]}"; do
        { grep -oE '\]\([^)# ]+' "$page" || true; } | sed 's/^](//' | while read -r target; do
            case "$target" in
            *://* | mailto:*) ;;
            *) [ -e "$(dirname "$page")/$target" ] || echo "$page:1: link: there is no $target" ;;
            esac
        done
    done
}

missing_files() {
    local page path
    # shellcheck disable=SC2016 # these are the backquotes of Markdown
    for page in "${pages[@]}"; do
        { grep -oE '`(hv|resmgr|lpar|monitor|svp|tests|examples|bench|scripts|docs)/[A-Za-z0-9_./-]*`' "$page" || true; } |
            tr -d '`' | while read -r path; do
            [ -e "$path" ] || echo "$page:1: file: there is no $path"
        done
    done
}

offences=$(broken_links; missing_files)
[ -z "$offences" ] || {
    printf '%s\n' "$offences"
    exit 1
}
