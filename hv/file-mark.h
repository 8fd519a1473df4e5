/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_FILE_MARK_H
#define LPARSIM_HV_FILE_MARK_H

#include "hv/codec.h"

/*
 * That a file which is read as it goes is still the same when the reading goes on in another process, or on another machine: its SHA-256 is
 * written down, and compared. A difference, or that the file cannot be read, does not fit; the message has `name`. True: a writer; or a
 * reader, and the file is as it was. False: it could not be read when the state was written, so nothing is known of it; or the codec has failed.
 */
bool hv_file_mark_codec(const char *path, const char *name, HvCodec *codec);

#endif
