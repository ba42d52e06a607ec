# What nf-interpreter's sources lack on a 64-bit target, put right in copies in the build folder: the checkout stays as
# it is. interop/native/corrections.cmake says how. Written for nf-interpreter 3367392a0, whose natives fit the packages
# of interop/K230.Sockets.
include(${REPOSITORY}/interop/native/corrections.cmake)

# Replaces the corrected sources in the list SOURCES, and gives the folders of corrected headers.
function(k230_correct_upstream sources includes)
    set(lp64 "#if defined(_WIN64) || defined(__LP64__)")

    # A record of an interrupt has 32 bytes where pointers have 64 bits, an inline frame 72.
    set(file src/CLR/Core/CLR_RT_RuntimeMemory.cpp)
    k230_correct(${NF} ${file} "" "INTERRUPT_RECORD_SIZE_BYTES 24" "INTERRUPT_RECORD_SIZE_BYTES 32")
    k230_correct(${NF} ${file} "" "(8 * sizeof(int *) + sizeof(int))" "(9 * sizeof(int *))")

    # A method that runs inline begins with one slot of its evaluation stack counted as live, and what lies there is a
    # reference of an earlier call. The collector follows it, and marks in the middle of whatever lies at that address
    # now: a wrong bit in an array, or a crash while it marks. A slot that is counted holds null.
    set(counted "m_evalStackPos = evalPos + 1;")
    k230_correct(${NF} src/CLR/Core/CLR_RT_StackFrame.cpp "m_evalStack = evalPos;" "${counted}"
        "evalPos->SetObjectReference(NULL); ${counted}")

    # Compaction moves by distances of 64 bits.
    k230_correct(${NF} src/CLR/Include/nanoCLR_Runtime.h "CLR_UINT8 *m_destination" "#ifdef _WIN64" "${lp64}")
    set(file src/CLR/Core/GarbageCollector_Compaction.cpp)
    k230_correct(${NF} ${file} "" "#ifdef _WIN64" "${lp64}")
    k230_correct(${NF} ${file} "${lp64}" "#ifdef _WIN64" "${lp64}")

    # An exception that nobody catches ends its thread without a word; console.cpp says it.
    set(unhandled "m_nestedExceptionsPos = 0; // We have")
    set(tell "{ extern void K230_TellUnhandled(CLR_RT_Thread *); K230_TellUnhandled(this); } ")
    k230_correct(${NF} src/CLR/Core/Thread.cpp "" "${unhandled}" "${tell}${unhandled}")

    set(list ${${sources}})
    foreach(file ${K230_CORRECTED})
        list(TRANSFORM list REPLACE "^${NF}/${file}$" "${CMAKE_BINARY_DIR}/corrected/${file}")
    endforeach()
    set(${sources} ${list} PARENT_SCOPE)
    k230_correct_sockets(${NF} src/PAL/Include/nanoPAL_Sockets.h sockets)
    set(${includes} ${CMAKE_BINARY_DIR}/corrected/src/CLR/Include ${sockets} PARENT_SCOPE)
endfunction()
