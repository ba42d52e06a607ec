/* What an assembly says of itself (format NFMRK1), read out of its bytes as tools/Pack/PeFile.cs does.
 *
 * IsAssembly comes before the others, which read its header. AssemblyName: empty where the name is one of the texts
 * that nanoCLR has itself. HasMain: whether a method of it is the program's entry.
 *
 * Promises: nothing outside the bytes is read, whatever is in them. Contexts: anywhere.
 */
#ifndef K230_APP_PE_H
#define K230_APP_PE_H

#include <stdint.h>
#include <string>
#include <vector>

namespace k230
{

bool IsAssembly(const std::vector<uint8_t> &bytes);
std::string AssemblyName(const std::vector<uint8_t> &bytes);
std::string Version(const std::vector<uint8_t> &bytes);
uint32_t Natives(const std::vector<uint8_t> &bytes);
bool HasMain(const std::vector<uint8_t> &bytes);

} // namespace k230

#endif
