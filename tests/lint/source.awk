# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rules that can be read off the C source line by line. Reads all .c and .h files, with paths from the top of the
# tree, after the list of exceptions; prints "PATH:LINE: RULE: what is wrong", one line for each offence.
#
# The parser is small because the source is laid out by clang-format: a function's body, and nothing else, begins
# with '{' alone in column 0 and ends with '}' there.

BEGIN {
    n_layers = split("hv resmgr lpar monitor svp", layers, " ")
    for (i = 1; i <= n_layers; i++)
        level[layers[i]] = i
    split("Hv Resmgr Lpar Monitor Svp", type_prefix, " ")
    # Libraries that only some files may know, by a part of the include: a pattern of their paths, "" for none.
    owner_of["<libvirt/"] = "^hv/(guest-libvirt|libvirt-[a-z-]+)[.]c$"
    owner_of["<libvirt-glib/"] = "^hv/libvirt-[a-z-]+[.]c$"
    owner_of["<libxml/"] = "^(hv/domain-(view|edit)|tests/svp/test-plan-[a-z]+)[.]c$"
    owner_of["<cairo"] = "^svp/plan/p(en|icture[a-z-]*)[.][ch]$"
    owner_of["<mpi.h>"] = "^svp/plan/mpi[.]c$"
    owner_of["<sqlite3.h>"] = "^(hv/database|tests/.*)[.]c$"
    owner_of["<archive"] = "^(svp/save/archive[a-z-]*|tests/.*)[.]c$"
    owner_of["<nettle/"] = "^(hv/digest|tests/.*)[.]c$"
    file_limit = 500
    function_limit = 70
    top_min = 5 # of the comment on top, with the lines that open and close it
    top_max = 30
}

function offence(line, rule, text) {
    print path ":" line ": " rule ": " text
}

# The line without comments and with empty strings; follows comments over several lines.
function code_of(line,    out, token) {
    out = ""
    while (line != "") {
        if (in_comment) {
            token = index(line, "*/")
            if (!token)
                return out
            in_comment = 0
            line = substr(line, token + 2)
            continue
        }
        if (!match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/))
            return out line
        token = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (token == "//")
            return out
        if (token == "/*")
            in_comment = 1
        else
            out = out "\"\""
    }
    return out
}

# 0 where the folder is no layer and may include any; the tests of a layer are bound as the layer is.
function level_of(file,    parts, n) {
    n = split(file, parts, "/")
    if (n > 2 && parts[1] == "tests")
        return level[parts[2]] + 0
    return level[parts[1]] + 0
}

function check_include(line,    target, folder, known) {
    for (known in owner_of)
        if (index(line, known) && (owner_of[known] == "" || path !~ owner_of[known]))
            offence(FNR, "include", known " may be included by " (owner_of[known] ? owner_of[known] " only" : "nobody"))
    if (!match(line, /"[^"]*"/))
        return
    target = substr(line, RSTART + 1, RLENGTH - 2)
    if (target !~ /\//) {
        if (top_folder != "tests" && top_folder != "bench")
            offence(FNR, "include", "\"" target "\" is named without its folder")
        return
    }
    folder = target
    sub(/\/.*/, "", folder)
    if (my_level && level[folder] > my_level)
        offence(FNR, "layers", "\"" target "\" belongs to a higher layer")
    if (my_level && !level[folder] && top_folder != "tests")
        offence(FNR, "layers", "\"" target "\" belongs to no layer")
    if (target ~ /-private\.h$/ && folder != top_folder)
        offence(FNR, "layers", "\"" target "\" is private to its layer")
}

# Types that a layer's headers declare carry the layer's name; private headers are not seen outside it.
function check_type(line,    name) {
    if (line ~ /^} [A-Za-z_0-9]+;/ || line ~ /^typedef (struct|enum|union) [A-Za-z_0-9]+ [A-Za-z_0-9]+;/) {
        name = line
        sub(/;.*/, "", name)
        sub(/.* /, "", name)
        if (index(name, type_prefix[my_level]) != 1)
            offence(FNR, "prefix", "type " name " does not begin with " type_prefix[my_level])
    }
}

function check_ratchet(rule, key, line, count, limit) {
    if (key in allowed) {
        used[key] = 1
        if (count > allowed[key])
            offence(line, rule, key " has " count " lines, its exception allows " allowed[key])
        else if (count < allowed[key])
            offence(line, rule, key " has " count " lines: lower its exception in tests/lint/exceptions.txt")
    } else if (count > limit)
        offence(line, rule, key " has " count " lines, the limit is " limit)
}

function end_file() {
    if (path == "")
        return
    check_ratchet("file-length", path, last_line, last_line, file_limit)
    if (path ~ /\.c$/ && top_lines < (my_level && top_folder != "tests" ? top_min : 1))
        offence(2, "top-comment", "the file does not begin with a comment that says what it is for")
    if (path ~ /\.c$/ && top_lines > top_max)
        offence(2, "top-comment", "the comment on top has " top_lines " lines, the limit is " top_max)
}

FNR == 1 && FILENAME ~ /exceptions\.txt$/ { reading_exceptions = 1 }
FNR == 1 && FILENAME !~ /exceptions\.txt$/ {
    reading_exceptions = 0
    end_file()
    path = FILENAME
    my_level = level_of(path)
    top_folder = path
    sub(/\/.*/, "", top_folder)
    in_comment = body_start = top_lines = top_over = 0
    head = ""
    if ($0 !~ /SPDX-License-Identifier: LGPL-2\.1-or-later/)
        offence(1, "spdx", "no SPDX line at the top")
}

reading_exceptions {
    if ($0 !~ /^#/ && NF) {
        if (NF < 4)
            print FILENAME ":" FNR ": exceptions: want PATH or PATH:FUNCTION, a number, '#' and the reason"
        allowed[$1] = $2 + 0
    }
    next
}

{
    last_line = FNR
    was_in_comment = in_comment
    code = code_of($0)

    # The comment on top: all that stands between the SPDX line and the first line with code.
    if (code ~ /[^ \t]/)
        top_over = 1
    if (!top_over && FNR > 1 && NF)
        top_lines++

    if (!was_in_comment && $0 ~ /^#[ \t]*include/)
        check_include($0)
    if (code ~ /(^|[^A-Za-z0-9_])goto[ \t]/)
        offence(FNR, "goto", "there is another way")
    if (path ~ /\.h$/ && path !~ /-private\.h$/ && my_level && top_folder != "tests")
        check_type(code)

    if (code ~ /^[A-Za-z_].*\(/) {
        head = code
        sub(/\(.*/, "", head)
        sub(/.*[ *]/, "", head)
    }
    if (code ~ /^{[ \t]*$/)
        body_start = FNR
    else if (code ~ /^}[ \t]*$/ && body_start) {
        check_ratchet("function-length", path ":" head, body_start, FNR - body_start + 1, function_limit)
        body_start = 0
    }
}

END {
    end_file()
    for (key in allowed)
        if (!used[key])
            print "tests/lint/exceptions.txt:1: exceptions: " key " is not there any more"
}
