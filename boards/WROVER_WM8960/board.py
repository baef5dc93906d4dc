"""Press1 on ESP32-DevKitC-VE with SparkFun WM8960: pins as `pins.csv` names them, and codecs in the order of asking."""

NAME = "WROVER_WM8960"
CODECS = ("wm8960",)
PINS = {
    "I2C_SCL": 22,
    "I2C_SDA": 21,
    "ADC_BCK": 26,
    "ADC_WS": 25,
    "ADC_DATA": 35,
    "DAC_BCK": 18,
    "DAC_WS": 19,
    "DAC_DATA": 23,
    "DAC_MUTE": 32,
    "RELAY": 33,
    "HOOK": 34,
    "SD_DETECT": 36,
}
KEEP_LOW = ()  # outputs of the board that the box has no use for
CAPTURE_BLOCKS = 40  # of 20 ms, in each of two buffers; docs/memory.md
