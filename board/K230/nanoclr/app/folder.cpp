#include "folder.h"
#include "pe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

namespace k230
{

namespace
{

const size_t LONGEST = 16 * 1024 * 1024; // no assembly is longer: its offsets have 16 bits in many places
const char COPY_AGAIN[] = "; copy the folder again that ./k230 pack made";
const char PACK_AGAIN[] = "; pack the app again with ./k230 pack";

std::string Hex(uint32_t number)
{
    char text[11];

    snprintf(text, sizeof text, "0x%08X", static_cast<unsigned>(number));
    return text;
}

// 0, or errno. Reads one byte more than `longest` at most: enough to know that there is more.
int ReadFile(const std::string &path, size_t longest, std::vector<uint8_t> &bytes)
{
    FILE *file = fopen(path.c_str(), "rb");

    if (file == NULL) {
        return errno;
    }

    uint8_t piece[4096];
    size_t count;
    int error = 0;

    bytes.clear();
    while (bytes.size() <= longest && (count = fread(piece, 1, sizeof piece, file)) > 0) {
        bytes.insert(bytes.end(), piece, piece + count);
    }
    if (ferror(file)) {
        error = errno != 0 ? errno : EIO;
    }

    fclose(file);
    return error;
}

bool Check(const AppAssembly &assembly, const std::string &manifest, std::string &error)
{
    const ManifestLine &line = assembly.line;
    const std::string place = " (" + manifest + ":" + std::to_string(line.line) + ")";

    if (assembly.bytes.size() != line.bytes) {
        error = assembly.path + ": has " + (assembly.bytes.size() > line.bytes ? "more than " : "") +
                std::to_string(assembly.bytes.size() > line.bytes ? line.bytes : assembly.bytes.size()) +
                " bytes, expected " + std::to_string(line.bytes) + place + COPY_AGAIN;
        return false;
    }

    const uint32_t crc = Crc32(assembly.bytes.data(), assembly.bytes.size());

    if (crc != line.crc) {
        error = assembly.path + ": its bytes are not those that were packed: CRC-32 " + Hex(crc) + ", expected " +
                Hex(line.crc) + place + COPY_AGAIN;
        return false;
    }
    if (!IsAssembly(assembly.bytes)) {
        error = assembly.path + ": is no assembly of format NFMRK1, which this firmware loads; build the app with the "
                                "nanoFramework packages that fit the firmware";
        return false;
    }
    if (Natives(assembly.bytes) != line.natives) {
        error = assembly.path + ": was built for natives " + Hex(Natives(assembly.bytes)) + ", the manifest says " +
                Hex(line.natives) + place + PACK_AGAIN;
        return false;
    }
    if (Version(assembly.bytes) != line.version) {
        error = assembly.path + ": is of version " + Version(assembly.bytes) + ", the manifest says " + line.version +
                place + PACK_AGAIN;
        return false;
    }

    return true;
}

} // namespace

bool HasApp(const std::string &folder)
{
    FILE *file = fopen((folder + "/" K230_APP_MANIFEST).c_str(), "rb");

    if (file == NULL) {
        return false;
    }

    fclose(file);
    return true;
}

bool ReadApp(const std::string &folder, App &app, std::string &error)
{
    const std::string path = folder + "/" K230_APP_MANIFEST;
    std::vector<uint8_t> text;
    Manifest manifest;
    int failed = ReadFile(path, 64 * 1024, text);

    app = App();
    if (failed != 0) {
        error = path + ": cannot be read: " + strerror(failed) + "; copy a folder there that ./k230 pack made";
        return false;
    }
    if (!ReadManifest(std::string(text.begin(), text.end()), path, manifest, error)) {
        return false;
    }

    for (const ManifestLine &line : manifest.assemblies) {
        AppAssembly assembly;

        assembly.line = line;
        assembly.path = folder + "/" + line.name + ".pe";
        if (line.bytes > LONGEST) {
            error = path + ":" + std::to_string(line.line) + ": " + std::to_string(line.bytes) +
                    " bytes are more than an assembly can have" + PACK_AGAIN;
            return false;
        }

        failed = ReadFile(assembly.path, line.bytes, assembly.bytes);
        if (failed != 0) {
            error = assembly.path + ": cannot be read: " + strerror(failed) + " (" + path + ":" +
                    std::to_string(line.line) + ")" + COPY_AGAIN;
            return false;
        }
        if (!Check(assembly, path, error)) {
            return false;
        }
        if (line.name == manifest.start && !HasMain(assembly.bytes)) {
            error = assembly.path + ": has no Main, and the manifest says to start it (" + path + ":" +
                    std::to_string(manifest.start_line) + ")" + PACK_AGAIN;
            return false;
        }

        app.assemblies.push_back(assembly);
    }

    app.folder = folder;
    app.start = manifest.start;
    return true;
}

} // namespace k230
