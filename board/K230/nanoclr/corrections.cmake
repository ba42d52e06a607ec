# What nf-interpreter's sources lack on a 64-bit target, put right in copies in the build folder: the checkout stays as
# it is. Each correction names a text of upstream's and what stands there instead; a checkout that has the new text
# already is taken as it is, and one that has neither ends the configuration. Written for nf-interpreter 3367392a0, whose
# natives fit the packages of interop/K230.Sockets.

# k230_correct(FILE AFTER OLD NEW): in the copy of FILE, the first OLD that follows AFTER ("" = from the start).
function(k230_correct file after old new)
    set(copy ${CMAKE_BINARY_DIR}/corrected/${file})
    if(NOT file IN_LIST K230_CORRECTED)
        file(READ ${NF}/${file} text)
        list(APPEND K230_CORRECTED ${file})
        set(K230_CORRECTED ${K230_CORRECTED} PARENT_SCOPE)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${NF}/${file})
    else()
        file(READ ${copy} text)
    endif()

    set(start 0)
    if(NOT after STREQUAL "")
        string(FIND "${text}" "${after}" start)
        if(NOT start EQUAL -1)
            string(LENGTH "${after}" length)
            math(EXPR start "${start} + ${length}")
        endif()
    endif()
    if(NOT start EQUAL -1)
        string(SUBSTRING "${text}" 0 ${start} head)
        string(SUBSTRING "${text}" ${start} -1 tail)
        string(FIND "${tail}" "${old}" at)
        string(FIND "${tail}" "${new}" done)
    endif()
    if(start EQUAL -1 OR (at EQUAL -1 AND done EQUAL -1))
        message(FATAL_ERROR "${NF}/${file} has no '${old}' where it was: this nf-interpreter is another version than "
            "the one that board/K230/nanoclr/corrections.cmake was written for; look there whether it still needs that")
    endif()
    if(done EQUAL -1 OR (NOT at EQUAL -1 AND at LESS done))
        string(LENGTH "${old}" length)
        math(EXPR rest "${at} + ${length}")
        string(SUBSTRING "${tail}" 0 ${at} before)
        string(SUBSTRING "${tail}" ${rest} -1 behind)
        set(text "${head}${before}${new}${behind}")
    endif()
    file(CONFIGURE OUTPUT ${copy} CONTENT "${text}" @ONLY NEWLINE_STYLE UNIX)
endfunction()

# Replaces the corrected sources in the list SOURCES, and gives the folders of corrected headers.
function(k230_correct_upstream sources includes)
    set(lp64 "#if defined(_WIN64) || defined(__LP64__)")

    # A record of an interrupt has 32 bytes where pointers have 64 bits, an inline frame 72.
    set(file src/CLR/Core/CLR_RT_RuntimeMemory.cpp)
    k230_correct(${file} "" "INTERRUPT_RECORD_SIZE_BYTES 24" "INTERRUPT_RECORD_SIZE_BYTES 32")
    k230_correct(${file} "" "(8 * sizeof(int *) + sizeof(int))" "(9 * sizeof(int *))")

    # A method that runs inline begins with one slot of its evaluation stack counted as live, and what lies there is a
    # reference of an earlier call. The collector follows it, and marks in the middle of whatever lies at that address
    # now: a wrong bit in an array, or a crash while it marks. A slot that is counted holds null.
    set(counted "m_evalStackPos = evalPos + 1;")
    k230_correct(src/CLR/Core/CLR_RT_StackFrame.cpp "m_evalStack = evalPos;" "${counted}"
        "evalPos->SetObjectReference(NULL); ${counted}")

    # Compaction moves by distances of 64 bits.
    k230_correct(src/CLR/Include/nanoCLR_Runtime.h "CLR_UINT8 *m_destination" "#ifdef _WIN64" "${lp64}")
    set(file src/CLR/Core/GarbageCollector_Compaction.cpp)
    k230_correct(${file} "" "#ifdef _WIN64" "${lp64}")
    k230_correct(${file} "${lp64}" "#ifdef _WIN64" "${lp64}")

    # An exception that nobody catches ends its thread without a word; console.cpp says it.
    set(unhandled "m_nestedExceptionsPos = 0; // We have")
    set(tell "{ extern void K230_TellUnhandled(CLR_RT_Thread *); K230_TellUnhandled(this); } ")
    k230_correct(src/CLR/Core/Thread.cpp "" "${unhandled}" "${tell}${unhandled}")

    set(list ${${sources}})
    foreach(file ${K230_CORRECTED})
        list(TRANSFORM list REPLACE "^${NF}/${file}$" "${CMAKE_BINARY_DIR}/corrected/${file}")
    endforeach()
    set(${sources} ${list} PARENT_SCOPE)
    set(${includes} ${CMAKE_BINARY_DIR}/corrected/src/CLR/Include PARENT_SCOPE)
endfunction()
