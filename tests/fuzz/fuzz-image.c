/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as the saved state of a guest. The first byte is the number of a definition (tests/hv/load-def.h), the second one says whether it is
 * that of a whole machine; the state is read at 2 s.
 *
 * Whatever the bytes are, they are refused with HV_ERROR_IMAGE and one sentence, or what was read can be run, written and loaded anew.
 */
#include "hv/error.h"
#include "tests/fuzz/fuzz.h"
#include "tests/hv/load-room.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    g_autoptr(LoadDef) def = load_def_new(data[0] % 16, NULL, /* with_calendar= */ true);
    g_autoptr(LoadRoom) room = load_room_for_reading(def, 2 * HV_NS_PER_S);
    g_autoptr(GBytes) bytes = g_bytes_new(data + 2, size - 2);
    g_autoptr(GError) error = NULL;

    if (load_room_read(room, data[1] & 1, bytes, &error))
        load_room_try(room);
    else
        g_assert(
            g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE) && g_utf8_validate(error->message, -1, NULL));
    return 0;
}
