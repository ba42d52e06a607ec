# The corrections of upstream's sources as the table of docs/maintain/integrate.md, between the lines BEGIN and END below.
#
#   cmake -P board/K230/nanoclr/corrections_table.cmake             fails if the page has another table
#   cmake -DFIX=ON -P board/K230/nanoclr/corrections_table.cmake    writes it
cmake_minimum_required(VERSION 3.25)
get_filename_component(REPOSITORY ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
include(${CMAKE_CURRENT_LIST_DIR}/corrections.cmake)

# In place of the functions that correct: they note what would be corrected, and why. `why` is the caller's.
function(k230_correct root file after old new)
    string(REPLACE "|" "\\|" reason "${why}")
    set_property(GLOBAL APPEND PROPERTY K230_REASONS "${reason}")
    set_property(GLOBAL APPEND PROPERTY "K230_FILES ${reason}" "`${file}`")
endfunction()

set(NF nf-interpreter)
k230_correct_upstream(sources includes ON)

get_property(reasons GLOBAL PROPERTY K230_REASONS)
list(REMOVE_DUPLICATES reasons)
set(table "| source of nf-interpreter | what is wrong there | seen at |\n|---|---|---|\n")
foreach(reason IN LISTS reasons)
    get_property(files GLOBAL PROPERTY "K230_FILES ${reason}")
    list(REMOVE_DUPLICATES files)
    list(JOIN files ", " files)
    string(APPEND table "| ${files} | ${reason} | ${K230_SEEN_AT} |\n")
endforeach()

set(page ${REPOSITORY}/docs/maintain/integrate.md)
set(begin "<!-- corrections: written by board/K230/nanoclr/corrections_table.cmake -->\n")
set(end "<!-- end of corrections -->")
file(READ ${page} text)
string(FIND "${text}" "${begin}" from)
string(FIND "${text}" "${end}" to)
if(from EQUAL -1 OR to LESS from)
    message(FATAL_ERROR "${page} has no place for the table of corrections: ${begin}${end}")
endif()
string(LENGTH "${begin}" length)
math(EXPR from "${from} + ${length}")
string(SUBSTRING "${text}" 0 ${from} head)
string(SUBSTRING "${text}" ${to} -1 tail)
if(FIX)
    file(WRITE ${page} "${head}${table}${tail}")
elseif(NOT text STREQUAL "${head}${table}${tail}")
    message(FATAL_ERROR "the table of corrections in ${page} is not that of corrections.cmake; write it anew: "
        "cmake -DFIX=ON -P board/K230/nanoclr/corrections_table.cmake")
endif()
