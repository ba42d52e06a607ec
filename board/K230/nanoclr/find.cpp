// Which program runs: what a PC has deployed comes first, as its owner put it there last and by hand; then the folders.

#include "app/folder.h"
#include "target.h"
#include "wire/wire.h"

enum K230_Found K230_Find(const K230_Apps &apps, k230::App &app, std::string &error)
{
    if (K230_WireDeployed(app, error)) {
        return K230_FOUND;
    }
    if (!error.empty()) {
        return K230_WRONG;
    }

    for (const std::string &folder : apps.folders) {
        if (k230::HasApp(folder)) {
            return k230::ReadApp(folder, app, error) ? K230_FOUND : K230_WRONG;
        }
    }

    return K230_NOTHING;
}
