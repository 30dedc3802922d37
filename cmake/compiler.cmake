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
endif()
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
