/* An app in the deployment store, as a PC has written it: the assemblies, checked as those of a folder are.
 *
 * Promises: an app that was read has assemblies whose own checksums are right, each name once, and one Main; whatever
 * else the store has, the error says what and what to do. False with an empty error: the store is erased. The bytes are
 * copies, so that a PC may write to the store while the app runs. Contexts: the thread that the store belongs to.
 */
#ifndef K230_APP_DEPLOYED_H
#define K230_APP_DEPLOYED_H

#include "folder.h"

struct k230_store;

namespace k230
{

bool ReadDeployed(const struct k230_store &store, App &app, std::string &error);

} // namespace k230

#endif
