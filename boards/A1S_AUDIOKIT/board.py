"""Press1 on Ai-Thinker ESP32-A1S Audio Kit: pins as `pins.csv` names them, and codecs in the order of asking."""

NAME = "A1S_AUDIOKIT"
CODECS = ("es8388", "ac101")
PINS = {
    "I2C_SCL": 32,
    "I2C_SDA": 33,
    "MCLK": 0,
    "ADC_BCK": 27,
    "ADC_WS": 25,
    "AC101_WS": 26,
    "ADC_DATA": 35,
    "DAC_BCK": 5,
    "DAC_WS": 18,
    "DAC_DATA": 23,
    "DAC_MUTE": 19,
    "RELAY": 22,
    "HOOK": 36,
    "SD_DETECT": 34,
    "SPEAKER_AMP": 21,
}
KEEP_LOW = ("SPEAKER_AMP",)  # outputs of the board that the box has no use for
CAPTURE_BLOCKS = 40  # of 20 ms, in each of two buffers; docs/memory.md
