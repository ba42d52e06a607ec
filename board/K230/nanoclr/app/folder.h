/* An app in a folder: the manifest and the files that it names, read into memory and checked against each other.
 *
 * Promises: an app that was read is complete and as pack wrote it; whatever else it is, the error names the file and
 * says what to do. Contexts: anywhere; reads files.
 */
#ifndef K230_APP_FOLDER_H
#define K230_APP_FOLDER_H

#include "manifest.h"

namespace k230
{

struct AppAssembly {
    // Of a deployed assembly: what it says of itself. Its name may be empty: nanoCLR alone has the text.
    ManifestLine line;
    std::string path;
    std::vector<uint8_t> bytes;
};

struct App {
    std::string folder;
    bool isDeployed = false; // by a PC, and not copied
    std::string start;
    std::vector<AppAssembly> assemblies; // in the order in which they are loaded
};

/* Whether the folder has a manifest. */
bool HasApp(const std::string &folder);

/* False: `error` says what is wrong. */
bool ReadApp(const std::string &folder, App &app, std::string &error);

} // namespace k230

#endif
