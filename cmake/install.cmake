# SPDX-License-Identifier: MIT
# cmake --install: the program with its man page and completions, and the library: one static archive of all engine rooms,
# the public headers, and what find_package(pooltop) needs. A project says
#   find_package(pooltop REQUIRED)
#   target_link_libraries(mine PRIVATE pooltop::engine)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(TARGET pooltop)
  install(TARGETS pooltop RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set(completions)
  foreach(shell bash zsh fish)
    set(file ${PROJECT_BINARY_DIR}/completion/pooltop.${shell})
    add_custom_command(OUTPUT ${file}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/completion
      COMMAND pooltop completion ${shell} > ${file}
      DEPENDS pooltop VERBATIM)
    list(APPEND completions ${file})
  endforeach()
  add_custom_target(pooltop_completions ALL DEPENDS ${completions})
  install(FILES ${PROJECT_BINARY_DIR}/completion/pooltop.bash
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pooltop)
  install(FILES ${PROJECT_BINARY_DIR}/completion/pooltop.zsh
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _pooltop)
  install(FILES ${PROJECT_BINARY_DIR}/completion/pooltop.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES docs/pooltop.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES configs/pooltop.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/pooltop)
endif()

get_property(rooms GLOBAL PROPERTY POOLTOP_ROOMS)
set(engine_objects)
foreach(room IN LISTS rooms)
  if(room MATCHES "^([^:]+):[^:]+:engine$")
    list(APPEND engine_objects $<TARGET_OBJECTS:pooltop_${CMAKE_MATCH_1}>)
  endif()
endforeach()
add_library(pooltop_engine STATIC ${engine_objects})
set_target_properties(pooltop_engine PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME engine)
target_compile_features(pooltop_engine INTERFACE cxx_std_20)
target_include_directories(pooltop_engine INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(pooltop_engine INTERFACE fmt::fmt ${CMAKE_DL_LIBS})
if(POOLTOP_SANITIZE)
  target_link_options(pooltop_engine INTERFACE -fsanitize=address,undefined)
endif()

install(TARGETS pooltop_engine EXPORT pooltop_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT pooltop_targets NAMESPACE pooltop:: FILE pooltopTargets.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/pooltop)
install(DIRECTORY engine/include/pooltop DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
configure_package_config_file(cmake/pooltopConfig.cmake.in ${PROJECT_BINARY_DIR}/pooltopConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/pooltop)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pooltopConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/pooltopConfig.cmake ${PROJECT_BINARY_DIR}/pooltopConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/pooltop)
