# What nf-interpreter's sources lack on a 64-bit target, put right in copies in the build folder: the checkout stays as
# it is. interop/native/corrections.cmake says how. Written for nf-interpreter 3367392a0, whose natives fit the packages
# of interop/K230.Sockets. Each `why` is a row of the table in docs/maintain/integrate.md (corrections_table.cmake).
include(${REPOSITORY}/interop/native/corrections.cmake)
set(K230_SEEN_AT 3367392a0)

# Replaces the corrected sources in the list SOURCES, and gives the folders of corrected headers. WIRE: the debugger.
function(k230_correct_upstream sources includes wire)
    set(lp64 "#if defined(_WIN64) || defined(__LP64__)")

    set(file src/CLR/Core/CLR_RT_RuntimeMemory.cpp)
    set(why "A record of an interrupt has 32 bytes where pointers have 64 bits, an inline frame 72")
    k230_correct(${NF} ${file} "" "INTERRUPT_RECORD_SIZE_BYTES 24" "INTERRUPT_RECORD_SIZE_BYTES 32")
    k230_correct(${NF} ${file} "" "(8 * sizeof(int *) + sizeof(int))" "(9 * sizeof(int *))")

    # The collector follows the old reference, and marks in the middle of whatever lies at that address now: a wrong bit
    # in an array, or a crash while it marks. A slot that is counted holds null.
    set(why "`PushInline` counts a slot as live that still holds a reference of an earlier call")
    set(counted "m_evalStackPos = evalPos + 1;")
    k230_correct(${NF} src/CLR/Core/CLR_RT_StackFrame.cpp "m_evalStack = evalPos;" "${counted}"
        "evalPos->SetObjectReference(NULL); ${counted}")

    set(why "Compaction moves by distances of 64 bits, which upstream has on Windows only")
    k230_correct(${NF} src/CLR/Include/nanoCLR_Runtime.h "CLR_UINT8 *m_destination" "#ifdef _WIN64" "${lp64}")
    set(file src/CLR/Core/GarbageCollector_Compaction.cpp)
    k230_correct(${NF} ${file} "" "#ifdef _WIN64" "${lp64}")
    k230_correct(${NF} ${file} "${lp64}" "#ifdef _WIN64" "${lp64}")

    set(why "An exception that nobody catches ends its thread without a word, and `console.cpp` prints it")
    set(unhandled "m_nestedExceptionsPos = 0; // We have")
    set(tell "{ extern void K230_TellUnhandled(CLR_RT_Thread *); K230_TellUnhandled(this); } ")
    k230_correct(${NF} src/CLR/Core/Thread.cpp "" "${unhandled}" "${tell}${unhandled}")

    if(wire)
        k230_correct_debugger()
    endif()

    set(list ${${sources}})
    foreach(file ${K230_CORRECTED})
        list(TRANSFORM list REPLACE "^${NF}/${file}$" "${CMAKE_BINARY_DIR}/corrected/${file}")
    endforeach()
    set(${sources} ${list} PARENT_SCOPE)
    k230_correct_sockets(${NF} src/PAL/Include/nanoPAL_Sockets.h sockets)
    set(${includes} ${CMAKE_BINARY_DIR}/corrected/src/CLR/Include ${sockets} PARENT_SCOPE)
endfunction()

# A macro: the list of corrected files is the caller's.
macro(k230_correct_debugger)
    set(file src/CLR/Include/nanoCLR_Debugging.h)
    set(why "Commands carry addresses of objects in fields of 32 bits, which are declared as pointers")
    set(include "#include <nanoPackStruct.h>")
    k230_correct(${NF} ${file} "" "${include}" "${include}\n#include <k230_reference.h>")
    foreach(field
            "struct Debugging_Value_GetField|CLR_RT_HeapBlock *    m_heapblock"
            "struct Debugging_Value_GetArray|CLR_RT_HeapBlock *m_heapblock"
            "struct Debugging_Value_GetBlock|CLR_RT_HeapBlock *m_heapblock"
            "struct Debugging_Value_SetBlock|CLR_RT_HeapBlock *m_heapblock"
            "struct Debugging_Value_SetArray|CLR_RT_HeapBlock_Array *m_heapblock"
            "struct Debugging_Value_Assign|CLR_RT_HeapBlock *m_heapblockSrc"
            "struct Debugging_Value_Assign|CLR_RT_HeapBlock *m_heapblockDst"
            "struct Debugging_Resolve_VirtualMethod|CLR_RT_HeapBlock      *m_obj")
        string(REGEX MATCH "^([^|]+)[|]((CLR_RT_HeapBlock[_Array]*) *[*] *(m_[A-Za-z]+))$" field "${field}")
        k230_correct(${NF} ${file} "${CMAKE_MATCH_1}" "${CMAKE_MATCH_2};"
            "K230_Reference<${CMAKE_MATCH_3}> ${CMAKE_MATCH_4};")
    endforeach()

    set(file src/CLR/Debugger/Debugger.cpp)
    set(why "Replies carry addresses in fields of 32 bits, and a cast from a pointer of 64 does not compile")
    k230_correct(${NF} ${file} "" "(CLR_UINT32)((reference != NULL) ? reference : ptr)"
        "K230_ReferenceOf((reference != NULL) ? reference : ptr)")
    k230_correct(${NF} ${file} "" "(CLR_UINT32)text;" "K230_ReferenceOf(text);")
    k230_correct(${NF} ${file} "" "(CLR_UINT32)ptr->Array()" "K230_ReferenceOf(ptr->Array())")

    set(why "`AccessMemory` takes an address of the managed heap, of 32 bits, for a pointer")
    k230_correct(${NF} ${file} "" "memcpy(buf, (const void *)sectAddr, lengthInBytes);"
        "memcpy(buf, K230_AtAddress(sectAddr, lengthInBytes), lengthInBytes);")
    set(pointer "memPtr = (unsigned char *)sectAddr;")
    set(managed "memPtr = (unsigned char *)K230_AtAddress(sectAddr, lengthInBytes);")
    k230_correct(${NF} ${file} "" "${pointer}" "${managed}")
    k230_correct(${NF} ${file} "${managed}" "${pointer}" "${managed}")

    set(why "`AccessMemory` overwrites what it has read with a checksum, and frees its caller's buffer, as for Check")
    set(sum "crc32 = SUPPORT_ComputeCRC((const void *)bufPtr, NumOfBytes, crc32);")
    k230_correct(${NF} ${file} "" "${sum}" "if (mode == AccessMemory_Read) { break; } ${sum}")

    set(why "`Monitor_ReadMemory` leaves the error code of its reply at 0, which is success")
    k230_correct(${NF} ${file} "AccessMemory_Read, &errorCode);" "WP_ReplyToCommand(msg, true, false, buffer,"
        "*(uint32_t *)buffer = errorCode == AccessMemoryErrorCode_NoError ? 0 : errorCode; \
WP_ReplyToCommand(msg, true, false, buffer,")

    set(why "`Debugging_Resolve_VirtualMethod` follows the object's address also where it is null")
    set(extract "SUCCEEDED(CLR_RT_TypeDescriptor::ExtractTypeIndexFromObject(*cmd->m_obj, cls))")
    k230_correct(${NF} ${file} "" "${extract}" "cmd->m_obj != NULL && ${extract}")

    set(why "Lists of threads, calls and breakpoints are made in the managed heap, and fail while it is full")
    set(erased "CLR_RT_Memory::Allocate_And_Erase(")
    k230_correct(${NF} ${file} "CLR_DBG_Debugger::CreateListOfThreads" "${erased}totLen, true)" "calloc(1, totLen)")
    set(erasedCalls "${erased}\n                totLen,\n                CLR_RT_HeapBlock::HB_CompactOnFailure)")
    k230_correct(${NF} ${file} "CLR_DBG_Debugger::CreateListOfCalls" "${erasedCalls}" "calloc(1, totLen)")
    set(release "CLR_RT_Memory::Release(cmdReply);")
    foreach(function Thread_List Thread_Stack Deployment_Status)
        k230_correct(${NF} ${file} "bool CLR_DBG_Debugger::Debugging_${function}(WP_Message *msg)" "${release}"
            "free(cmdReply);")
    endforeach()
    k230_correct(${NF} ${file} "" "CLR_RT_Memory::Allocate(totLength, true)" "malloc(totLength)")
    set(file src/CLR/Core/Execution.cpp)
    set(install "void CLR_RT_ExecutionEngine::InstallBreakpoints(")
    k230_correct(${NF} ${file} "${install}" "CLR_RT_Memory::Release(m_breakpoints);" "free(m_breakpoints);")
    k230_correct(${NF} ${file} "${install}"
        "CLR_RT_Memory::Allocate(\n            len,\n            CLR_RT_HeapBlock::HB_CompactOnFailure)" "malloc(len)")

    set(why "A breakpoint in an assembly that is not loaded, as where nothing is deployed, is followed")
    set(valid "if (NANOCLR_INDEX_IS_VALID(idx)")
    set(assembly "g_CLR_RT_TypeSystem.m_assemblies[idx.Assembly() - 1u]")
    k230_correct(${NF} src/CLR/Core/TypeSystem.cpp "bool CLR_RT_MethodDef_Instance::InitializeFromIndex(" "${valid})"
        "${valid} && idx.Assembly() - 1u < CLR_RT_TypeSystem::c_MaxAssemblies && ${assembly} != NULL && \
idx.Method() < ${assembly}->m_pTablesSize[TBL_MethodDef])")
endmacro()
