// A build without the Wire Protocol (K230_WIRE=OFF): --wire and --store are refused.

#include "wire.h"

bool K230_WireCheck(const k230::WireOptions &options, std::string &error)
{
    if (!options.port.empty() || !options.allow.empty() || !options.announce.empty() || !options.store.empty()) {
        error = "this firmware was built without the Wire Protocol (K230_WIRE=OFF): it has no --wire and no --store";
    }
    return error.empty();
}

bool K230_WireOpenStore(const k230::WireOptions &) { return true; }

bool K230_WireOpenPort(const k230::WireOptions &) { return true; }

void K230_WireClose() {}

bool K230_WireListens() { return false; }

void K230_WireUp() {}

void K230_WireMeet() {}

void K230_WireDown() {}

void K230_WireLook() {}

bool K230_WireDeployed(k230::App &, std::string &error)
{
    error.clear();
    return false;
}

bool K230_WireKeep() { return true; }

bool K230_WireIsDeploying() { return false; }

void K230_WireText(const char *, size_t) {}
