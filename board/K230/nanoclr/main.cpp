// nanoclr [OPTIONS] [FOLDER]: runs the app in FOLDER, which ./k230 pack made. Without a FOLDER: the first of
// /sdcard/app and /sharefs/app that has one.
//
//   --wait SECONDS         at the start of the board the folder may not be there yet: looks again
//   --wire PORT            a PC deploys and debugs: serial:DEVICE, serial:DEVICE,BAUD, tcp or tcp:PORT
//   --wire-allow LIST      with tcp: the addresses and networks of the PCs that may, as 192.168.1.0/24,10.0.0.7
//   --wire-announce ADDR   with tcp: one more address that hears that this device is there; up to four times
//   --store FOLDER         where deployed programs are kept; with --wire the first of /sdcard and /sharefs
//
// A deployed program goes before the app of a folder. With --wire nanoclr stays when the program has ended or could not
// be run.
//
// Exit codes: 0 the app has ended, 1 it could not be run, 2 wrong arguments, 3 a thread of it ended with an exception.

#include "app/folder.h"
#include "board.h"
#include "target.h"
#include "wire/wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const FOLDERS[] = {"/sdcard/app", "/sharefs/app"};

static const char USAGE[] =
    "nanoclr: usage: nanoclr [--wait SECONDS] [--wire serial:DEVICE[,BAUD] | --wire tcp[:PORT] --wire-allow LIST "
    "[--wire-announce ADDR]] [--store FOLDER] [FOLDER]; without FOLDER it looks for an app in %s, then %s\n";

struct Arguments {
    K230_Apps apps;
    k230::WireOptions wire;
};

static bool ReadSeconds(const char *text, long &seconds)
{
    char *end;

    seconds = strtol(text, &end, 10);
    return *end == 0 && end != text && seconds >= 0 && seconds <= 3600;
}

static bool Read(int count, char **texts, Arguments &arguments)
{
    const struct {
        const char *name;
        std::string *text;
    } options[] = {
        {"--wire", &arguments.wire.port}, {"--wire-allow", &arguments.wire.allow}, {"--store", &arguments.wire.store}};

    // RT-Smart's shell hands its own "&" on.
    if (count > 1 && strcmp(texts[count - 1], "&") == 0) {
        count--;
    }

    arguments.apps.wait = 0;
    for (int i = 1; i < count; i++) {
        std::string *text = NULL;

        for (const auto &option : options) {
            text = strcmp(texts[i], option.name) == 0 ? option.text : text;
        }

        if (strcmp(texts[i], "--wait") == 0 && i + 1 < count) {
            if (!ReadSeconds(texts[++i], arguments.apps.wait)) {
                return false;
            }
        } else if (strcmp(texts[i], "--wire-announce") == 0 && i + 1 < count) {
            arguments.wire.announce.push_back(texts[++i]);
        } else if (text != NULL && i + 1 < count && text->empty() && texts[i + 1][0] != 0) {
            *text = texts[++i];
        } else if (texts[i][0] != '-' && arguments.apps.folders.empty()) {
            arguments.apps.folders.push_back(texts[i]);
        } else {
            return false;
        }
    }

    if (arguments.apps.folders.empty()) {
        arguments.apps.folders.assign(FOLDERS, FOLDERS + sizeof FOLDERS / sizeof *FOLDERS);
    }

    return true;
}

// False after it has said so. While a PC may connect it is the CLR that looks (startup.cpp).
static bool Find(const K230_Apps &apps, k230::App &app)
{
    for (long second = 0;; second++) {
        std::string error;
        const enum K230_Found found = K230_Find(apps, app, error);

        if (found == K230_WRONG) {
            K230_Complain("%s", error.c_str());
        }
        if (found != K230_NOTHING) {
            return found == K230_FOUND;
        }

        if (second >= apps.wait) {
            for (const std::string &folder : apps.folders) {
                fprintf(stderr, "nanoclr: no app in %s: there is no %s\n", folder.c_str(), K230_APP_MANIFEST);
            }
            fprintf(stderr, "nanoclr: copy the folder app there that ./k230 pack made\n");
            return false;
        }
        if (second == 0) {
            printf("nanoclr: no app yet; looking again for %ld s\n", apps.wait);
            fflush(stdout);
        }
        sleep(1);
        K230_WireLook();
    }
}

// Threads of the target's own are still there, so nothing is destroyed.
[[noreturn]] static void End(int code)
{
    fflush(stdout);
    fflush(stderr);
    _exit(code);
}

int main(int count, char **texts)
{
    Arguments arguments;
    k230::App app;
    std::string error;

    signal(SIGPIPE, SIG_IGN);

    if (!Read(count, texts, arguments)) {
        fprintf(stderr, USAGE, FOLDERS[0], FOLDERS[1]);
        End(2);
    }
    if (!K230_WireCheck(arguments.wire, error)) {
        fprintf(stderr, "nanoclr: %s\n", error.c_str());
        End(2);
    }

    // Before the small core is asked for anything: an app that is not there needs no network.
    if (!K230_WireOpenStore(arguments.wire) || (arguments.wire.port.empty() && !Find(arguments.apps, app)) ||
        !K230_StartLink() || !K230_WireOpenPort(arguments.wire) || !K230_Run(arguments.apps, app)) {
        K230_WireClose();
        End(1);
    }

    K230_WireClose();
    K230_Board_End();
    printf("nanoclr: %s has ended\n", app.start.c_str());
    End(K230_Unhandled() == 0 ? 0 : 3);
}
