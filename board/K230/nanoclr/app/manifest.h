/* The manifest of an app, as ./k230 pack writes it: which assemblies, in which order, and what their files must be.
 *
 *   k230-app 1
 *   # order name version bytes crc32 natives
 *   1 mscorlib 1.17.11.0 32452 81BDD7F3 1549C856
 *   2 TcpClient 1.0.0.0 1372 9B00A1F2 00000000
 *   start TcpClient
 *
 * One line per assembly; its file is NAME.pe beside the manifest. `crc32` is that of zip and gzip, over the file.
 * `natives` is the checksum of the assembly's natives, 00000000 without any. Lines with # are for people. The line with
 * `start` is the last one: without it the manifest is cut. Keep in sync with tools/Pack/Manifest.cs.
 *
 * Promises: text that did not come from pack is refused with the line and what was expected there; a name is never more
 * than a file in the manifest's own folder. Contexts: anywhere.
 */
#ifndef K230_APP_MANIFEST_H
#define K230_APP_MANIFEST_H

#include <stddef.h>
#include <stdint.h>
#include <string>
#include <vector>

#define K230_APP_MANIFEST "manifest.txt"
#define K230_APP_ASSEMBLIES 64 /* more than nanoCLR loads */

namespace k230
{

struct ManifestLine {
    std::string name;
    std::string version;
    uint32_t bytes = 0;
    uint32_t crc = 0;
    uint32_t natives = 0;
    unsigned line = 0; // in the manifest
};

struct Manifest {
    std::vector<ManifestLine> assemblies;
    std::string start;
    unsigned start_line = 0;
};

/* Reads `text`. False: `error` says what is wrong; `path` is how it calls the manifest. */
bool ReadManifest(const std::string &text, const std::string &path, Manifest &manifest, std::string &error);

/* As zip, gzip and Ethernet have it. */
uint32_t Crc32(const uint8_t *bytes, size_t count);

} // namespace k230

#endif
