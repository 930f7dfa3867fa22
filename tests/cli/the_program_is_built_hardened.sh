# SPDX-License-Identifier: MIT
# Position-independent, with relocations that are read-only before main, a stack that is no code, stack canaries, checked
# copies where it is optimized, and control-flow marks where the processor has them.
. "$POOLTOP_SOURCE/tests/support/shell.sh"

# Nothing of the user's language in what readelf says; the wide form keeps one thing a line.
elf() { LC_ALL=C readelf -W "$@" "$POOLTOP"; }
cache() { sed -n "s/^$1:[^=]*=//p" "$POOLTOP_BUILD/CMakeCache.txt"; }

elf -h >header && elf -l >segments && elf -d >dynamic && elf --dyn-syms >symbols && elf -n >notes || complain "readelf does not read it"
grep -qE '^ *Type: +DYN' header || complain "no position-independent program: $(grep Type: header)"
grep -qE 'FLAGS_1.*\bPIE\b' dynamic || complain "not marked as PIE"
has segments GNU_RELRO
grep -qE 'FLAGS.*\bBIND_NOW\b|FLAGS_1.*\bNOW\b' dynamic || complain "symbols are bound late"
grep -qE 'GNU_STACK .* RW +0x' segments || complain "its stack may be executed: $(grep GNU_STACK segments)"
! grep -qE 'LOAD .* RWE ' segments || complain "memory that is written may be executed"
! grep -qE '\((TEXTREL|RPATH|RUNPATH)\)' dynamic || complain "it relocates code, or looks for libraries at places of its own"
grep -qE '\b__stack_chk_fail\b' symbols || complain "no stack canaries"

# A sanitizer has checks of its own, and a build without optimization no sizes to check.
case $(cache CMAKE_BUILD_TYPE) in
  Release | RelWithDebInfo | MinSizeRel)
    [ "$(cache POOLTOP_SANITIZE)" = ON ] || grep -qE '\b__(memcpy|memmove|read|snprintf|vsnprintf|fprintf)_chk\b' symbols ||
      complain "copies are not checked"
    ;;
esac

# The linker keeps the mark only where every object has it: so it is looked for in the program's own code.
if [ "$(cache POOLTOP_HAS_CF_PROTECTION)" = 1 ]; then
  start=$(LC_ALL=C objdump -d --no-show-raw-insn "$POOLTOP" | awk '/^[0-9a-f]+ <main>:/ { getline; print $2; exit }')
  same "first instruction of main" "$start" endbr64
fi

# Nothing is fetched by the build.
! grep -rnE 'FetchContent|ExternalProject|file *\( *DOWNLOAD' "$POOLTOP_SOURCE/CMakeLists.txt" "$POOLTOP_SOURCE/cmake" \
  "$POOLTOP_SOURCE/tests" --include=CMakeLists.txt --include='*.cmake' >fetched || complain "the build fetches: $(cat fetched)"
