# How every file of ours is compiled: warnings, sanitizers, a fast linker, a compiler cache.

add_library(project_options INTERFACE)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
  -Wno-missing-designated-field-initializers  # designated initialisers that name what matters are our style
  $<$<BOOL:$ENV{CI}>:-Werror>)

if(A2OD_SANITIZE)
  add_compile_options(-fsanitize=${A2OD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${A2OD_SANITIZE})
endif()
if(A2OD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(LLD_PROGRAM NAMES ld.lld-19 ld.lld)
if(LLD_PROGRAM)
  add_link_options(-fuse-ld=${LLD_PROGRAM})
  # What nothing calls, and what is there twice, takes no memory.
  add_link_options($<$<CONFIG:Release>:-Wl,--gc-sections,--icf=safe>)
endif()
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What ccache must overlook to serve files that use a precompiled header, and files of another build folder.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1
    ${CCACHE_PROGRAM})
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()

# Three of four seconds of a small file are the standard library's, Asio's or GoogleTest's headers: each target reads
# them once. The files still include what they use; -DA2OD_PRECOMPILE=OFF shows that they do.
option(A2OD_PRECOMPILE "Precompile the headers that nearly every file of a target includes" ON)

# Kinds, in any number: `asio` for targets with coroutines and JSON, `gtest` for tests.
function(a2od_precompile target)
  if(NOT A2OD_PRECOMPILE)
    return()
  endif()
  set(headers <algorithm> <chrono> <cstdint> <expected> <functional> <map> <memory> <optional> <set> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector>)
  if("asio" IN_LIST ARGN)
    list(APPEND headers <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/use_awaitable.hpp>
      <boost/json/value.hpp> <fmt/format.h>)
  endif()
  if("gtest" IN_LIST ARGN)
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
  target_compile_options(${target} PRIVATE -fpch-instantiate-templates)
endfunction()
