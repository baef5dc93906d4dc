// Production build: no radio, no REPL, the serial port belongs to the link.

#define MICROPY_HW_BOARD_NAME "Press1 on ESP32-DevKitC-VE with SparkFun WM8960"
#define MICROPY_HW_MCU_NAME "ESP32"

#define MICROPY_HW_ENABLE_UART_REPL (0)
#define MICROPY_PY_BLUETOOTH (0)
#define MICROPY_PY_ESPNOW (0)
#define MICROPY_PY_NETWORK_WLAN (0)
#define MICROPY_PY_NETWORK_LAN (0)
