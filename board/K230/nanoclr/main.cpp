// nanoclr [--wait SECONDS] [FOLDER]: runs the app in FOLDER, which ./k230 pack made. Without a FOLDER: the first of
// /sdcard/app and /sharefs/app that has one. At the start of the board neither may be there yet: --wait looks again.
//
// Exit codes: 0 the app has ended, 1 it could not be run, 2 wrong arguments, 3 a thread of it ended with an exception.

#include "app/folder.h"
#include "board.h"
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const FOLDERS[] = {"/sdcard/app", "/sharefs/app"};

struct Arguments {
    std::vector<std::string> folders;
    long wait = 0;
};

static bool Read(int count, char **texts, Arguments &arguments)
{
    // RT-Smart's shell hands its own "&" on.
    if (count > 1 && strcmp(texts[count - 1], "&") == 0) {
        count--;
    }

    for (int i = 1; i < count; i++) {
        if (strcmp(texts[i], "--wait") == 0 && i + 1 < count) {
            char *end;

            arguments.wait = strtol(texts[++i], &end, 10);
            if (*end != 0 || end == texts[i] || arguments.wait < 0 || arguments.wait > 3600) {
                return false;
            }
        } else if (texts[i][0] != '-' && arguments.folders.empty()) {
            arguments.folders.push_back(texts[i]);
        } else {
            return false;
        }
    }

    if (arguments.folders.empty()) {
        arguments.folders.assign(FOLDERS, FOLDERS + sizeof FOLDERS / sizeof *FOLDERS);
    }

    return true;
}

// The first folder with an app; "" without any, after it has said so.
static std::string Find(const Arguments &arguments)
{
    for (long second = 0;; second++) {
        for (const std::string &folder : arguments.folders) {
            if (k230::HasApp(folder)) {
                return folder;
            }
        }

        if (second >= arguments.wait) {
            for (const std::string &folder : arguments.folders) {
                fprintf(stderr, "nanoclr: no app in %s: there is no %s\n", folder.c_str(), K230_APP_MANIFEST);
            }
            fprintf(stderr, "nanoclr: copy the folder app there that ./k230 pack made\n");
            return "";
        }
        if (second == 0) {
            printf("nanoclr: no app yet; looking again for %ld s\n", arguments.wait);
            fflush(stdout);
        }
        sleep(1);
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
        fprintf(stderr,
                "nanoclr: usage: nanoclr [--wait SECONDS] [FOLDER]; without FOLDER it looks for an app in %s, "
                "then %s\n",
                FOLDERS[0], FOLDERS[1]);
        End(2);
    }

    const std::string folder = Find(arguments);

    if (folder.empty()) {
        End(1);
    }
    if (!k230::ReadApp(folder, app, error)) {
        fprintf(stderr, "nanoclr: %s\n", error.c_str());
        End(1);
    }

    size_t bytes = 0;

    for (const k230::AppAssembly &assembly : app.assemblies) {
        bytes += assembly.bytes.size();
    }
    printf("nanoclr: %s from %s, %zu assemblies, %zu KiB\n", app.start.c_str(), app.folder.c_str(),
           app.assemblies.size(), (bytes + 1023) / 1024);
    fflush(stdout);

    if (!K230_StartLink() || !K230_RunApp(app)) {
        End(1);
    }

    K230_Board_End();
    printf("nanoclr: %s has ended\n", app.start.c_str());
    End(K230_Unhandled() == 0 ? 0 : 3);
}
