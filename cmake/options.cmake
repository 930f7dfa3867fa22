# SPDX-License-Identifier: MIT
# Warnings are errors; hardening is always on, what needs optimization where there is any: tests/cli looks at the program.
include(CheckCXXCompilerFlag)
add_library(pooltop_options INTERFACE)
target_compile_options(pooltop_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Werror
  # g++ 12 sees overlapping copies in std::string operator+ that are none (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # With -fsanitize=thread it warns of fences: what they order is no data, which go by the positions.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>
  # Where several sources are one (CMAKE_UNITY_BUILD), it takes a source's own types for a header's.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
  -fstack-protector-strong)
check_cxx_compiler_flag(-fcf-protection POOLTOP_HAS_CF_PROTECTION)  # of x86 alone
if(POOLTOP_HAS_CF_PROTECTION)
  target_compile_options(pooltop_options INTERFACE -fcf-protection)
endif()
target_include_directories(pooltop_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/engine/include)
target_compile_definitions(pooltop_options INTERFACE POOLTOP_VERSION="${PROJECT_VERSION}")
target_link_options(pooltop_options INTERFACE -pie -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$" AND NOT POOLTOP_SANITIZE)
  target_compile_options(pooltop_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(pooltop_options INTERFACE POOLTOP_KILL_POINTS=1)
endif()
if(POOLTOP_SANITIZE)
  target_compile_options(pooltop_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  # With the sanitizers in, g++ 12 takes std::regex's own std::function for uninitialized.
  target_compile_options(pooltop_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(pooltop_options INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(pooltop_options INTERFACE POOLTOP_SANITIZED=1)
endif()

if(POOLTOP_FUZZ)
  target_compile_options(pooltop_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
# Links in a tenth of the time, debug information and all; without it the system's linker does.
find_program(POOLTOP_MOLD mold)
if(POOLTOP_MOLD AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_options(pooltop_options INTERFACE -fuse-ld=mold)
endif()
find_program(POOLTOP_CCACHE ccache)
if(POOLTOP_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${POOLTOP_CCACHE})
endif()
