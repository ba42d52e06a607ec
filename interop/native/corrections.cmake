# Corrections of upstream's sources in copies in the build folder. Each names a text of upstream's and what stands there
# instead; a checkout that has the new text already is taken as it is, and one that has neither ends the configuration.

# k230_correct(ROOT FILE AFTER OLD NEW): in the copy of ROOT/FILE, the first OLD that follows AFTER ("" = from the start).
function(k230_correct root file after old new)
    set(copy ${CMAKE_BINARY_DIR}/corrected/${file})
    if(NOT file IN_LIST K230_CORRECTED)
        file(READ ${root}/${file} text)
        list(APPEND K230_CORRECTED ${file})
        set(K230_CORRECTED ${K230_CORRECTED} PARENT_SCOPE)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${root}/${file})
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
        message(FATAL_ERROR "${root}/${file} has no '${old}' where it was: this nf-interpreter is another version than "
            "the one that the correction was written for; look there whether it still needs that")
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

# The header of the sockets PAL: its u_long is `unsigned long` and taken for 32 bits, so on a 64-bit target an address
# would have eight bytes, and the header's own assertion stops the build. INCLUDES gets the folder of the copy, which
# comes after interop/native/shim and before upstream's on the include path.
function(k230_correct_sockets root file includes)
    set(why "An IPv4 address in the sockets PAL is an `unsigned long`, of eight bytes where pointers have 64 bits")
    k230_correct(${root} ${file} "" "u_long S_addr;" "unsigned int S_addr;")
    get_filename_component(folder ${CMAKE_BINARY_DIR}/corrected/${file} DIRECTORY)
    set(${includes} ${folder} PARENT_SCOPE)
endfunction()
