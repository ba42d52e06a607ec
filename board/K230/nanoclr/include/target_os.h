/* The POSIX target's target_os.h calls every build a "POSIX Debug build". */
#ifndef K230_TARGET_OS_H
#define K230_TARGET_OS_H

#include_next <target_os.h>

#undef TARGETINFOSTRING
#define TARGETINFOSTRING "K230.nanoFramework"

#endif
