/* What the firmware calls itself to a PC and to nanoFramework.Runtime.Native's SystemInfo, in place of the POSIX
 * target's "Virtual nanoDevice".
 */
#ifndef K230_TARGET_COMMON_H
#define K230_TARGET_COMMON_H

#define TARGETNAMESTRING "K230"
#define PLATFORMNAMESTRING "K230"
#define OEMSYSTEMINFOSTRING "nanoCLR on the big core of a K230"

#endif
