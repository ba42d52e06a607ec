# The assembly K230.Sockets in a build of nf-interpreter.
#
#   InteropAssemblies/K230.Sockets                this repository, or a link to it
#   CMake/Modules/FindINTEROP-K230.Sockets.cmake  this file, or a link to it
#   NF_INTEROP_ASSEMBLIES=K230.Sockets            in the preset, or with -D
#
# The target supplies a hal (firmware/hal/k230_hal.h) and calls K230_Sockets_Start and K230_Sockets_Reboot
# (interop/native/K230_Sockets_Target.h). Sizes are set with K230_SOCK_MAX and its neighbours (k230_socks.h, k230_asks.h).
#
#   K230_SOCKETS_PAL   ON (the default): the sockets PAL that the natives of System.Net call comes from here too; OFF where
#                      the target has one of its own. On a 64-bit target interop/native/shim stands first on the include
#                      path of those natives as well, and K230_SOCKETS_HEADER, the folder of a corrected header, behind it.
#   K230_SOCKETS_TLS   ON where the target has Mbed TLS: its input and output go over the PAL

set(BASE_PATH_FOR_THIS_MODULE ${PROJECT_SOURCE_DIR}/InteropAssemblies/K230.Sockets)

list(APPEND K230.Sockets_INCLUDE_DIRS
    ${PROJECT_SOURCE_DIR}/src/CLR/Core
    ${PROJECT_SOURCE_DIR}/src/CLR/Include
    ${PROJECT_SOURCE_DIR}/src/HAL/Include
    ${PROJECT_SOURCE_DIR}/src/PAL/Include
    ${BASE_PATH_FOR_THIS_MODULE}/interop/native
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/pal
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/bigcore/op
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/bigcore/ask
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/bigcore/sock
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/bigcore/engine
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/bigcore
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/link
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/hal
    ${BASE_PATH_FOR_THIS_MODULE}/firmware/protocol)

option(K230_SOCKETS_PAL "System.Net over the small core's network" ON)
option(K230_SOCKETS_TLS "Mbed TLS over the small core's network" OFF)

set(K230.Sockets_SRCS
    interop/native/K230_Sockets.cpp
    interop/native/K230_Sockets_K230_Sockets_NativeSocket.cpp
    interop/native/K230_Sockets_Target.cpp
    interop/native/k230_clr.c
    firmware/bigcore/ask/interface.c
    firmware/bigcore/ask/layer.c
    firmware/bigcore/ask/network.c
    firmware/bigcore/ask/question.c
    firmware/bigcore/ask/resolve.c
    firmware/bigcore/engine/check.c
    firmware/bigcore/engine/engine.c
    firmware/bigcore/engine/pump.c
    firmware/bigcore/engine/session.c
    firmware/bigcore/engine/wait.c
    firmware/bigcore/op/client.c
    firmware/bigcore/op/op.c
    firmware/bigcore/sock/call.c
    firmware/bigcore/sock/datagram.c
    firmware/bigcore/sock/layer.c
    firmware/bigcore/sock/poll.c
    firmware/bigcore/sock/receive.c
    firmware/bigcore/sock/rings.c
    firmware/bigcore/sock/socket.c
    firmware/bigcore/sock/state.c
    firmware/bigcore/sock/stream.c
    firmware/link/k230_bits.c
    firmware/link/k230_link.c
    firmware/link/k230_queue.c
    firmware/link/k230_ring.c
    firmware/protocol/k230_names.c)

if(K230_SOCKETS_PAL)
    include(${BASE_PATH_FOR_THIS_MODULE}/interop/native/corrections.cmake)
    k230_correct_sockets(${PROJECT_SOURCE_DIR} src/PAL/Include/nanoPAL_Sockets.h K230_SOCKETS_HEADER)
    list(PREPEND K230.Sockets_INCLUDE_DIRS ${BASE_PATH_FOR_THIS_MODULE}/interop/native/shim ${K230_SOCKETS_HEADER})
    list(APPEND K230.Sockets_SRCS
        interop/native/K230_SocketsPal.cpp
        firmware/pal/pal.c
        firmware/pal/pal_codes.c
        firmware/pal/pal_names.c
        firmware/pal/pal_network.c
        firmware/pal/pal_select.c)
    if(K230_SOCKETS_TLS)
        list(APPEND K230.Sockets_SRCS interop/native/k230_tls.c)
    endif()
endif()

foreach(SRC_FILE ${K230.Sockets_SRCS})
    set(K230.Sockets_SRC_FILE SRC_FILE-NOTFOUND)
    find_file(K230.Sockets_SRC_FILE ${SRC_FILE}
        PATHS
            ${BASE_PATH_FOR_THIS_MODULE}
            ${TARGET_BASE_LOCATION}
            ${PROJECT_SOURCE_DIR}/src/K230.Sockets
        CMAKE_FIND_ROOT_PATH_BOTH)
    list(APPEND K230.Sockets_SOURCES ${K230.Sockets_SRC_FILE})
endforeach()

include(FindPackageHandleStandardArgs)

FIND_PACKAGE_HANDLE_STANDARD_ARGS(K230.Sockets DEFAULT_MSG K230.Sockets_INCLUDE_DIRS K230.Sockets_SOURCES)
