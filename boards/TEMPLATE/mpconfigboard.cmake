# Out-of-tree board: make -C ports/esp32 BOARD_DIR=<this folder>
include(${MICROPY_BOARD_DIR}/../esp32_psram.cmake)
