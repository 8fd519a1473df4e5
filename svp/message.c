/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages: the catalogue of their numbers, and how an error becomes a line.
 *
 * The layers raise errors with the message number as code and a text of one sentence and, after a newline, a remedy. Here,
 * and nowhere else, they are given their id and taken apart. The catalogue says for every number what it means in
 * general; the text of the error says what it means now. Text from outside is quoted in many of them, so whatever a
 * terminal could take for a command is made visible instead.
 */
#include "svp/message.h"

#include <string.h>

#define QUOTE_CHARACTERS_MAX 60

#define INFORMATION(number, meaning, remedy)                                                                 \
    {                                                                                                        \
        number, SVP_MESSAGE_INFORMATION, "svp", meaning, remedy                                              \
    }
#define WARNING(number, meaning, remedy)                                                                     \
    {                                                                                                        \
        number, SVP_MESSAGE_WARNING, "svp", meaning, remedy                                                  \
    }
#define ERROR(layer, number, meaning, remedy)                                                                \
    {                                                                                                        \
        number, SVP_MESSAGE_ERROR, layer, meaning, remedy                                                    \
    }

const SvpMessageRow svp_messages[] = {
    INFORMATION(
        1, "The LPARs have been activated and loaded, because the command needs them running.",
        "Give ACTIVATE, LOAD or START first to bring up only what you want, or use --no-power-on."),
    WARNING(
        2,
        "A command that AT queued was not carried out: the commands ended before its time, or no console was "
        "there "
        "at its time.",
        "RUN longer; or give it again."),
    WARNING(
        3, "The script ended at a refused command, and there were more.",
        "Correct the command, or use --keep-going."),
    INFORMATION(
        4, "The host has fewer CPUs than the machine has IPs, so several IPs share one.",
        "host-cpus of the machine file says which; fewer IPs, or a larger host, keep them apart."),
    INFORMATION(
        10,
        "A state directory: the machine goes on where the last session left it, and what is still to come.",
        "Nothing; another folder begins anew."),
    WARNING(
        11,
        "The program had ended during a command, before its commit point: it is rolled back, and everything "
        "is as before it.",
        "Give the command again."),
    INFORMATION(
        12, "The program had ended during a command that was committed: it is completed.",
        "DISPLAY LOG shows it; nothing has to be done."),
    WARNING(
        13,
        "No checkpoint could be written at the end: the next start does again what the journal has. Or "
        "simulated "
        "guests beside real ones could not be read from one, and begin anew.",
        "Make room, or look at the folder's permissions; ACTIVATE and LOAD the LPAR of the guest."),
    INFORMATION(
        14, "SIGTERM, SIGHUP or SIGINT has ended the session, after the command that was under way.",
        "Nothing; with a state directory the next start goes on there. Real guests run on."),
    WARNING(
        15, "A state directory has no operations.db: operator log, jobs and policies begin anew.",
        "If that was not meant, end the program and take the file from an older copy of the folder."),
    INFORMATION(30, "A save has begun.", "DISPLAY JOB shows how far it is."),
    INFORMATION(
        31, "The checkpoint of a save was reached: it will have the LPARs as they were then.",
        "What the LPARs do from now on is not in it."),
    INFORMATION(32, "An LPAR has been saved, so many of so many.", "Nothing needs to be done."),
    INFORMATION(33, "A save has ended; it says how many objects there are.", "DISPLAY TAPE lists the save."),
    INFORMATION(
        34, "A real guest was saved; it says how long it stood.",
        "docs/real-guests.md says what bounds that."),
    INFORMATION(
        35, "A real guest is not loaded, so its disks were not saved.", "LOAD its LPAR, and save it again."),
    WARNING(
        36, "A save that a crash has ended has left something on a volume, and it could not be removed.",
        "The saves on the volume can be used. Mount it where it can be written, and the rest is removed."),
    WARNING(
        41, "A policy ended at a step that was refused or has failed.",
        "Mend what the step's own message says; then CONTINUE group,policy, with SKIP to leave the step "
        "out."),
    WARNING(
        42, "A policy was cut off when the program ended: its steps are not all done.",
        "Look what the step has done; then CONTINUE group,policy, with SKIP to leave it out, or FORGET."),
    INFORMATION(50, "A job was submitted, or released.", "DISPLAY JOB shows the jobs."),
    INFORMATION(51, "A job has started: it is active.", "DISPLAY JOB ACTIVE shows how far it is."),
    INFORMATION(
        52, "How many objects a job has processed, and how many not.",
        "If some were not, look at the messages above this one."),
    INFORMATION(
        53, "A job has ended. Completion code 0 is success.",
        "20: not all objects could be processed; 30: it failed; 40, 50: the operator ended it before, or "
        "while, it was "
        "active; 70: the console ended. DISPLAY JOBLOG JOB(number) says more."),
    INFORMATION(54, "A job is held: it waits for the operator.", "RELEASE JOB lets it begin."),
    INFORMATION(
        55, "A job waits for another that has what it needs.",
        "It begins by itself; DISPLAY JOB shows both."),
    INFORMATION(56, "The operator has ended a job.", "What it had begun is given up; submit it again."),
    WARNING(
        57, "A job was active when the console ended; what it had begun was given up.", "Submit it again."),
    WARNING(58, "The console ends, and a job has not ended.", "RUN longer."),
    WARNING(
        70, "The audit is not as it was written: entries were changed or removed.",
        "Keep a copy of the state directory, and find out who could write it. VERIFY AUDIT says it again."),
    INFORMATION(
        71, "The console ends: how many entries the audit has, and the hash of the last.",
        "Note the hash elsewhere; VERIFY AUDIT HEAD(hash) says whether it is still in the audit."),
    ERROR(
        "hv", 101, "A size, duration, percentage or number cannot be read.",
        "Write it as the message says: 640M, 250ms, 33.33, 0A."),
    ERROR("hv", 102, "A workload is not understood.", "The machine file's reference lists the workloads."),
    ERROR(
        "hv", 103, "A guest refuses, or does not understand, a command of its operator.",
        "GUEST lpar,DISPLAY shows what the guest has."),
    ERROR("hv", 104, "A guest's access lies outside its storage.", "This is an error of the guest."),
    ERROR(
        "hv", 105, "The libvirt host cannot be reached, or no longer.",
        "lparsim doctor -c URI says what is wrong and what to do."),
    ERROR(
        "hv", 106, "libvirt or QEMU refuses something about a domain, or it takes too long.",
        "The message has their words; when it is mended, give the command again."),
    ERROR("hv", 107, "A domain has ended, or is not there.", "LOAD its LPAR; DISPLAY LPAR shows what runs."),
    ERROR(
        "hv", 108, "A saved state is damaged, or of another machine or version.",
        "Take an older copy, or begin anew from the machine file."),
    ERROR(
        "hv", 109, "A file of a guest cannot be read, written or replaced.",
        "The message has the system's words; make room, or mend who may use the folder."),
    ERROR(
        "hv", 115, "A database of a state directory cannot be read or written; nothing has changed.",
        "Look at the file, its folder and their permissions."),
    ERROR("hv", 116, "The disk is full; nothing has changed.", "Make room, and give the command again."),
    ERROR(
        "hv", 117,
        "The disk failed while a change was committed: whether it is there is not known, and nothing more "
        "may "
        "be changed.",
        "End the program, mend the disk and start again: the next start looks what is there."),
    ERROR(
        "hv", 118, "A database of a state directory was written by a newer program.",
        "Use the newer program, or another folder."),
    ERROR(
        "hv", 119, "A database of a state directory is damaged, or of something else.",
        "Take an older copy of the file or of its folder, or begin with a new folder."),
    ERROR("resmgr", 201, "No LPAR has that name or number.", "DISPLAY LPAR lists the LPARs."),
    ERROR("resmgr", 202, "The retiring and the surviving LPAR are the same.", "Name two LPARs."),
    ERROR(
        "resmgr", 203, "The LPAR holds no resources: it was deactivated or retired.",
        "ACTIVATE it, or name the LPAR that it was integrated into."),
    ERROR(
        "resmgr", 204,
        "The survivor's storage would grow beyond the size + reserved that its guest learned at load.",
        "SET RESERVED, then LOAD the survivor."),
    ERROR(
        "resmgr", 205,
        "A channel path may not go to the survivor: it is dedicated, or its candidate list does not "
        "name the survivor.",
        "Add the survivor to the candidates, or give FORCE if it is meant."),
    ERROR(
        "resmgr", 206, "Two devices of one device number would be in one LPAR.",
        "Give one of them another number in the machine file; FORCE does not help."),
    ERROR(
        "resmgr", 207, "The survivor has no authority over other LPARs' resources.",
        "Set cross-partition-authority = yes in the machine file."),
    ERROR(
        "resmgr", 208, "The storage does not fit in one piece, whatever is relocated.",
        "The message names what is in the way: make it relocatable, or DEACTIVATE it."),
    ERROR(
        "resmgr", 209, "A channel path that the LPAR needs belongs to another.",
        "DEACTIVATE its owner first."),
    ERROR(
        "resmgr", 210, "The shares of an IP would pass 100 %.", "DEACTIVATE an LPAR that has a share of it."),
    ERROR(
        "resmgr", 211, "The channel path does not exist, or is not in a state for this.",
        "DISPLAY CHP lists the channel paths."),
    ERROR(
        "resmgr", 212, "The survivor would have more LIPs than an LPAR can have.", "Name another survivor."),
    ERROR(
        "resmgr", 213, "An amount of storage is not a multiple of the machine's increment.",
        "Use one of the two sizes that the message names."),
    ERROR(
        "resmgr", 214, "A restored LPAR could not have all that it had.",
        "Give PLAN to see what is missed and why, and PARTIAL to do without."),
    ERROR(
        "resmgr", 215, "The LPAR that is to be restored has resources.",
        "DEACTIVATE it first, or restore it under another name, with TO(name)."),
    ERROR("resmgr", 230, "Another program has the state directory.", "End it, or name another folder."),
    ERROR(
        "resmgr", 231, "The state directory cannot be made or used.",
        "Look at the path and its permissions, or name another folder."),
    ERROR(
        "resmgr", 232, "The recorded assignment cannot be: of another machine, or against an invariant.",
        "Take an older copy of the folder, or begin with a new one."),
    ERROR(
        "resmgr", 233, "What the journal has recorded, done again, comes out differently.",
        "Use the version of the program that wrote it, with the same input files."),
    ERROR("lpar", 301, "The LPAR is not activated.", "ACTIVATE it first."),
    ERROR("lpar", 302, "The LPAR is activated already.", "DEACTIVATE it first if it is to begin anew."),
    ERROR("lpar", 303, "No guest is loaded in the LPAR.", "LOAD it first."),
    ERROR("lpar", 304, "The guest is operating already.", "STOP it first, if that is what you want."),
    ERROR("lpar", 305, "The guest is not operating.", "START it first."),
    ERROR("lpar", 306, "The LPAR was integrated into another.", "Name the surviving LPAR instead."),
    ERROR(
        "lpar", 307, "The LPAR has no such LIP, or it is in that state already.",
        "DISPLAY LPAR lpar lists its LIPs."),
    ERROR(
        "monitor", 401, "A step of INTEG or RESTORE failed before the commit point; everything is as before.",
        "Give the command again. SET FAULT OFF, if the failure was ordered."),
    ERROR(
        "monitor", 402, "SET FAULT names no step of INTEG or RESTORE.",
        "Give 201 to 209, 203.1, 203.COMMIT, 301 to 308 likewise, or OFF."),
    ERROR("monitor", 403, "The simulated clock cannot go that far.", "Give a shorter duration."),
    ERROR(
        "monitor", 410, "Figures were not kept for intervals of that length.",
        "Give a multiple of the interval that is kept; SET INTERVAL before RUN keeps others."),
    ERROR(
        "monitor", 420, "The state of the LPAR cannot be saved now.",
        "ACTIVATE it first; of a retired LPAR, save the survivor."),
    ERROR(
        "monitor", 421, "The LPAR cannot be defined while the machine runs, or not be taken away.",
        "The message says which name, number or value does not fit. DISPLAY LPAR lists the LPARs."),
    ERROR(
        "monitor", 422, "The LPAR cannot be restored from that, or not on this machine.",
        "The message says why. Restore another copy, or, with TO(name), under a new name."),
    ERROR(
        "monitor", 435,
        "A folder for saves of real guests is taken already, or holds none; or the guest is not real.",
        "Name another folder; DISPLAY LPAR shows which guests are real."),
    ERROR(
        "svp", 501, "There is no such command, or the abbreviation fits several.",
        "HELP lists the commands."),
    ERROR(
        "svp", 502, "An operand is missing, is one too many, or is not understood.",
        "HELP command shows the operands and an example."),
    ERROR(
        "svp", 503, "The operator did not confirm; nothing has been done.",
        "Give the command again and type the name of the LPAR."),
    ERROR(
        "svp", 504, "AT was given a time that has passed.",
        "Give a time after the one that the prompt shows."),
    ERROR(
        "svp", 505,
        "A machine file, script, trace file or CSV cannot be read or written, or is there already.",
        "Look at the path and its permissions; REPLACE overwrites a CSV."),
    ERROR(
        "svp", 506, "The machine file has problems; nothing was started.",
        "Each problem names the group, the key and the value. `lparsim check` reads a file without starting "
        "it."),
    ERROR("svp", 507, "The command line of the program is wrong.", "lparsim --help shows it."),
    ERROR(
        "svp", 508, "The operator interrupted RUN; the clock stands at a later time than before.",
        "RUN again to go on."),
    ERROR("svp", 509, "A line is too long, or is not text.", "Give commands as lines of UTF-8 text."),
    ERROR(
        "svp", 520, "A study, or an alternative of it, cannot be simulated.",
        "The message says what is wrong, and where: correct the study or the machine file."),
    ERROR(
        "svp", 521, "A study ended before it was finished; the runs that were are kept.",
        "Give the same command again: it goes on from there."),
    ERROR(
        "svp", 530, "The state directory has another machine or seed, or cannot be used.",
        "Leave the machine file and --seed out to go on with the directory's, or name another folder."),
    ERROR(
        "svp", 531, "A checkpoint cannot be written, or is damaged.",
        "Make room; a damaged one needs an older copy of the folder."),
    ERROR(
        "svp", 540, "There is no such tape unit, or nothing is mounted on it.",
        "SET TAPE mounts volumes on TAP01 to TAP99; DISPLAY TAPE lists them."),
    ERROR(
        "svp", 541, "A volume is not initialized, is missing, or is another one than it should be.",
        "INZTAP initializes; all volumes of a set must be mounted."),
    ERROR(
        "svp", 542, "INZTAP: there are saves on the volume.",
        "Give CHECK(*NO) if they are not needed any more."),
    ERROR(
        "svp", 543, "The volume is full, and there is no next one; nothing was saved.",
        "Mount another volume behind it, or name a second unit."),
    ERROR(
        "svp", 544, "A volume cannot be read or written; what was on it is still there.",
        "The message has the system's reason: permissions, room on the disk."),
    ERROR(
        "svp", 545, "What is on a volume is not what was written; nothing was done with it.",
        "Use another copy of the volume, or another save; VERIFY tells which are good."),
    ERROR(
        "svp", 546, "There is no such save on the volume, or the LPAR is not in it.",
        "DISPLAY TAPE lists the saves."),
    ERROR(
        "svp", 547, "A save cannot be removed: a later one shares objects with it.",
        "Remove the later ones first."),
    ERROR(
        "svp", 550, "It is not said, or said more than once, what is to be restored.",
        "Give one of DEV(unit), SNAPSHOT(name) and PRESNAP."),
    ERROR(
        "svp", 551, "There is no snapshot of the LPAR from before an INTEG.",
        "SET PRESNAP ON before the INTEG; else restore a save or a snapshot of it."),
    ERROR(
        "svp", 552, "The LPAR is no clone, or a clone shares the content of what is to be deleted.",
        "DISPLAY CLONE lists the clones; SPLIT gives one pages of its own."),
    ERROR(
        "svp", 560, "A policy, a group or a schedule is not understood, or contradicts itself.",
        "The message says which value, and what would be accepted; HELP DEFINE shows examples."),
    ERROR(
        "svp", 561, "A name is taken already, or has characters that names do not have.",
        "Give another: letters, digits, '.', '_' and '-', beginning with a letter or a digit."),
    ERROR(
        "svp", 562, "There is no such group, policy, snapshot, mirror or vault.",
        "DISPLAY GROUP, POLICY, SNAPSHOT and RELATION list them."),
    ERROR(
        "svp", 563,
        "A mirror or a vault would be a cascade, a cycle or in a folder that is in use; or it was not "
        "initialized.",
        "Copies go from the primary to folders of their own; UPDATE group INITIALIZE prepares them."),
    ERROR(
        "svp", 564,
        "What is to be deleted is needed: by a clone, a mirror, a vault, a group, or as the last good copy.",
        "The message says by what; delete or replace that first."),
    ERROR(
        "svp", 565, "A copy of a snapshot cannot be written, read or removed, or is damaged.",
        "UPDATE writes copies again; RESTORE can take another place."),
    ERROR(
        "svp", 566, "A snapshot has nothing of that LPAR; what it has is for the LPARs that it was made of.",
        "Name an LPAR that DISPLAY SNAPSHOT shows, or restore under a new name."),
    ERROR(
        "svp", 567, "A record of the catalog of snapshots is damaged.",
        "Define the thing anew, or go back to an older state directory."),
    ERROR(
        "svp", 568, "The folder in which copies of snapshots are is not at hand.",
        "Mount the disk; then UPDATE the group."),
    ERROR(
        "svp", 570, "There is no such job, or it is not in a state for this.", "DISPLAY JOB lists the jobs."),
    ERROR(
        "svp", 571, "Another job has, or waits for, something that the job needs.",
        "RUN until that has ended, or submit the job with SBMJOB: then it waits."),
    ERROR("svp", 572, "A name is no name of a job.", "Give 1 to 10 letters and digits."),
    ERROR(
        "svp", 573, "There is no such receiver of the operation journal, or it is not in a state for this.",
        "DISPLAY JOURNAL shows the receivers."),
    ERROR(
        "svp", 574, "A saved journal cannot be read, or is not as it was written; nothing has been applied.",
        "SAVE JOURNAL writes it again."),
    ERROR(
        "svp", 575,
        "A journal cannot be applied to the contingency: a gap, another machine, or it is not in step.",
        "The message says which; DISPLAY JOURNAL TO(directory) shows where the contingency stands."),
    ERROR(
        "svp", 580, "The user's role does not allow the command.",
        "Ask an administrator: SET USER gives roles, DISPLAY USER shows them."),
    ERROR(
        "svp", 581, "There is no such user, or there would be no administrator.",
        "DISPLAY USER lists the users; SET USER makes one."),
    ERROR(
        "svp", 582, "The audit is not as it was written, or the hash that was noted is not in it.",
        "Keep a copy of the state directory, and find out who could write it."),
};
const unsigned svp_n_messages = G_N_ELEMENTS(svp_messages);

const SvpMessageRow *svp_message_find(int number)
{
    for (unsigned i = 0; i < svp_n_messages; i++)
        if (svp_messages[i].number == number)
            return &svp_messages[i];
    return NULL;
}

char *svp_message_id(int number)
{
    const SvpMessageRow *row = svp_message_find(number);

    g_assert(row);
    return g_strdup_printf("LPS%03d%c", number, (char)row->severity);
}

static char *printable(const char *text, unsigned max_characters)
{
    GString *shown = g_string_new(NULL);
    unsigned n = 0;

    for (const char *p = text; *p; n++) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        bool is_character = c < (gunichar)-2;
        const char *next = p + (is_character ? g_utf8_skip[(unsigned char)*p] : 1);

        if (n == max_characters) {
            g_string_append(shown, "...");
            break;
        }
        if (is_character && g_unichar_isprint(c))
            g_string_append_len(shown, p, next - p);
        else
            for (; p < next; p++)
                g_string_append_printf(shown, "\\x%02X", (unsigned char)*p);
        p = next;
    }
    return g_string_free(shown, FALSE);
}

char *svp_message_printable(const char *text)
{
    return printable(text, G_MAXUINT);
}

char *svp_message_quote(const char *text)
{
    g_autofree char *shown = printable(text, QUOTE_CHARACTERS_MAX);

    return g_strdup_printf("\"%s\"", shown);
}

/* A sentence begins with a capital, unless it begins with a path. (With the name of an LPAR: names are the same in any case.) */
static char *sentence(const char *text)
{
    char *shown = svp_message_printable(text);
    size_t first_word = strcspn(shown, " ");

    if (!memchr(shown, '/', first_word) && !memchr(shown, '.', first_word))
        *shown = g_ascii_toupper(*shown);
    return shown;
}

void svp_message_split(const GError *error, char **ret_reason, char **ret_remedy)
{
    const char *newline = strchr(error->message, '\n');
    g_autofree char *reason = newline ? g_strndup(error->message, (gsize)(newline - error->message))
                                      : g_strdup(error->message);

    *ret_reason = sentence(reason);
    *ret_remedy = newline && newline[1] ? sentence(newline + 1) : NULL;
}

/* Ends in a full stop unless it ends in one, or in something that a full stop would become a part of. */
static void append_sentence(GString *line, const char *sentence)
{
    gsize length = strlen(sentence);

    g_string_append_printf(line, " %s", sentence);
    if (length > 0 && !strchr(".!?", sentence[length - 1]))
        g_string_append_c(line, '.');
}

char *svp_message_text(const GError *error)
{
    g_autofree char *id = svp_message_id(error->code), *reason = NULL, *remedy = NULL;
    GString *line = g_string_new(id);

    svp_message_split(error, &reason, &remedy);
    append_sentence(line, reason);
    if (remedy)
        append_sentence(line, remedy);
    return g_string_free(line, FALSE);
}

char *svp_message_note(int number, const char *format, ...)
{
    g_autofree char *id = svp_message_id(number);
    GString *line = g_string_new(id);
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *shown = svp_message_printable(text);
    append_sentence(line, shown);
    return g_string_free(line, FALSE);
}

char *svp_message_reference(void)
{
    GString *text = g_string_new("| message | layer | meaning | what to do |\n| --- | --- | --- | --- |\n");

    for (unsigned i = 0; i < svp_n_messages; i++) {
        const SvpMessageRow *row = &svp_messages[i];
        g_autofree char *id = svp_message_id(row->number);

        g_string_append_printf(text, "| %s | %s | %s | %s |\n", id, row->layer, row->meaning, row->remedy);
    }
    return g_string_free(text, FALSE);
}
