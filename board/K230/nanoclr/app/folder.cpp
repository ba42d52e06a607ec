#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

namespace k230
{

namespace
{

const size_t LONGEST = 16 * 1024 * 1024; // no assembly is longer: its offsets have 16 bits in many places
const size_t HEADER = 124;
const char COPY_AGAIN[] = "; copy the folder again that ./k230 pack made";
const char PACK_AGAIN[] = "; pack the app again with ./k230 pack";

// Where things stand in an assembly, as in tools/Pack/PeFile.cs; all numbers are little-endian.
const size_t NATIVES = 20;
const size_t VERSION = 28;  // four of 16 bits
const size_t TABLES = 40;   // where each table begins, 32 bits
const size_t PADDING = 108; // how many of a table's bytes, before the next one, are none of its own
const size_t METHODS = 6;   // the table's number
const size_t METHOD = 16;   // bytes of a record; its flags are at 4
const uint32_t ENTRY_POINT = 0x08000000;

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

uint32_t Word(const std::vector<uint8_t> &bytes, size_t at)
{
    return static_cast<uint32_t>(bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) |
           static_cast<uint32_t>(bytes[at + 3]) << 24;
}

unsigned Half(const std::vector<uint8_t> &bytes, size_t at)
{
    return bytes[at] | static_cast<unsigned>(bytes[at + 1]) << 8;
}

std::string Version(const std::vector<uint8_t> &bytes)
{
    std::string version = std::to_string(Half(bytes, VERSION));

    for (size_t i = 1; i < 4; i++) {
        version += "." + std::to_string(Half(bytes, VERSION + 2 * i));
    }

    return version;
}

// The header names no entry point: it is a method's flag.
bool HasMain(const std::vector<uint8_t> &bytes)
{
    const size_t start = Word(bytes, TABLES + 4 * METHODS);
    const size_t next = Word(bytes, TABLES + 4 * (METHODS + 1));

    if (start < HEADER || next < start || next > bytes.size()) {
        return false;
    }

    const size_t padding = bytes[PADDING + METHODS];

    for (size_t at = start; at + METHOD + padding <= next; at += METHOD) {
        if ((Word(bytes, at + 4) & ENTRY_POINT) != 0) {
            return true;
        }
    }

    return false;
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
    if (line.bytes < HEADER || memcmp(assembly.bytes.data(), "NFMRK1\0", 8) != 0) {
        error = assembly.path + ": is no assembly of format NFMRK1, which this firmware loads; build the app with the "
                                "nanoFramework packages that fit the firmware";
        return false;
    }
    if (Word(assembly.bytes, NATIVES) != line.natives) {
        error = assembly.path + ": was built for natives " + Hex(Word(assembly.bytes, NATIVES)) +
                ", the manifest says " + Hex(line.natives) + place + PACK_AGAIN;
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
