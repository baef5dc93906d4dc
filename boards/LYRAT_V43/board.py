"""Press1 on Espressif ESP32-LyraT V4.3: pins as `pins.csv` names them, and codecs in the order of asking."""

NAME = "LYRAT_V43"
CODECS = ("es8388",)
PINS = {
    "I2C_SCL": 23,
    "I2C_SDA": 18,
    "MCLK": 0,
    "ADC_BCK": 5,
    "ADC_WS": 25,
    "ADC_DATA": 35,
    "DAC_BCK": 33,
    "DAC_WS": 32,
    "DAC_DATA": 27,
    "DAC_MUTE": 13,
    "RELAY": 22,
    "HOOK": 36,
    "SD_DETECT": 34,
    "SPEAKER_AMP": 21,
}
KEEP_LOW = ("SPEAKER_AMP",)  # outputs of the board that the box has no use for
CAPTURE_BLOCKS = 40  # of 20 ms, in each of two buffers; docs/memory.md
